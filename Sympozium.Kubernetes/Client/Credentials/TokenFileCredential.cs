namespace Sympozium.Kubernetes.Client.Credentials;

/// <summary>A token in a file which somebody else rotates, as the kubelet does with service account tokens.</summary>
/// <param name="path">The file.</param>
/// <param name="fallback">Token to send while the file was never readable; null for none.</param>
/// <param name="time">The clock.</param>
public sealed class TokenFileCredential(string path, string? fallback, TimeProvider time) : ICredentialSource
{
    private readonly ReloadedFile<ClusterCredential> _file = new([path], Parse, time);

    /// <inheritdoc/>
    public ValueTask<ClusterCredential> GetAsync(CancellationToken cancellationToken)
    {
        try
        {
            return new ValueTask<ClusterCredential>(_file.Get());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return fallback is not null
                ? new ValueTask<ClusterCredential>(new ClusterCredential(fallback))
                : throw new CredentialException($"the token file '{path}' cannot be used: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public void Refuse(ClusterCredential refused) => _file.Expire();

    private static ClusterCredential Parse(IReadOnlyList<string> contents) => contents[0].Trim() is { Length: > 0 } token
        ? new ClusterCredential(token)
        : throw new ArgumentException("it is empty");
}
