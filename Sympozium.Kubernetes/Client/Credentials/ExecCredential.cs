namespace Sympozium.Kubernetes.Client.Credentials;

/// <summary>
/// Credentials that a plugin prints. The plugin is called when they are first needed, when they have expired, and once after the server refused them;
/// callers who come meanwhile wait for the one call. A call that failed is not repeated for <see cref="PauseAfterFailure"/>: whoever asks
/// is told the same failure, so a broken plugin is not started for each request.
/// </summary>
public sealed class ExecCredential : ICredentialSource, IDisposable
{
    /// <summary>A token that expires within this time is renewed: the request must still arrive.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(5);

    private readonly Func<CancellationToken, Task<ExecAnswer>> _call;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _oneCall = new(1);
    private volatile ExecAnswer? _answer;
    private volatile Failure? _failure;

    public ExecCredential(ExecPlugin plugin, TimeProvider time)
        : this(cancellationToken => ExecPluginProcess.RunAsync(plugin, time, cancellationToken), time)
    {
    }

    internal ExecCredential(Func<CancellationToken, Task<ExecAnswer>> call, TimeProvider time)
    {
        _call = call;
        _time = time;
    }

    /// <inheritdoc/>
    public async ValueTask<ClusterCredential> GetAsync(CancellationToken cancellationToken)
    {
        if (Usable(_answer) is { } known)
        {
            return known;
        }

        await _oneCall.WaitAsync(cancellationToken);
        try
        {
            if (Usable(_answer) is { } meanwhile)
            {
                return meanwhile;
            }

            if (_failure is { } failure && _time.GetElapsedTime(failure.At) < PauseAfterFailure)
            {
                throw new CredentialException(failure.Message);
            }

            return await CallAsync(cancellationToken);
        }
        finally
        {
            _oneCall.Release();
        }
    }

    /// <inheritdoc/>
    public void Refuse(ClusterCredential refused)
    {
        // Only what was refused: a newer answer that came meanwhile may be good.
        if (_answer is { } answer && answer.Credential.Token == refused.Token && (answer.Credential.Certificate is null || answer.Credential.Certificate == refused.Certificate))
        {
            _answer = null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _oneCall.Dispose();

    private async Task<ClusterCredential> CallAsync(CancellationToken cancellationToken)
    {
        try
        {
            ExecAnswer answer = await _call(cancellationToken);
            _answer = answer;
            _failure = null;
            return answer.Credential;
        }
        catch (CredentialException e)
        {
            _failure = new Failure(e.Message, _time.GetTimestamp());
            throw;
        }
    }

    private ClusterCredential? Usable(ExecAnswer? answer) =>
        answer is not null && (answer.Expires is not { } expires || _time.GetUtcNow() < expires - Slack) ? answer.Credential : null;

    private sealed record Failure(string Message, long At);
}
