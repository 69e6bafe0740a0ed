namespace Sympozium.Kubernetes.Client;

/// <summary>A bearer token that may change while the client lives (rotated files, later exec plugins).</summary>
public interface ITokenSource
{
    /// <summary>The token to send now.</summary>
    ValueTask<string> GetAsync(CancellationToken cancellationToken);
}

/// <summary>A token that never changes.</summary>
public sealed class FixedToken(string token) : ITokenSource
{
    public ValueTask<string> GetAsync(CancellationToken cancellationToken) => new(token);
}

/// <summary>
/// A token in a file which somebody else rotates, as the kubelet does with service account tokens. It is read again once
/// a minute; when a read fails the last good one serves on.
/// </summary>
public sealed class FileToken(string path, TimeProvider time) : ITokenSource
{
    private static readonly TimeSpan ReadAgainAfter = TimeSpan.FromMinutes(1);
    private volatile Snapshot? _last;

    public async ValueTask<string> GetAsync(CancellationToken cancellationToken)
    {
        Snapshot? last = _last;
        if (last is not null && time.GetElapsedTime(last.ReadAt) < ReadAgainAfter)
        {
            return last.Token;
        }
        try
        {
            string token = (await File.ReadAllTextAsync(path, cancellationToken)).Trim();
            _last = new Snapshot(token, time.GetTimestamp());
            return token;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException && last is not null)
        {
            return last.Token;
        }
    }

    private sealed record Snapshot(string Token, long ReadAt);
}
