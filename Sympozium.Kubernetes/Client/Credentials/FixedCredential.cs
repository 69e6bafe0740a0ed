namespace Sympozium.Kubernetes.Client.Credentials;

/// <summary>Credentials that never change.</summary>
public sealed class FixedCredential(ClusterCredential credential) : ICredentialSource
{
    public FixedCredential(string token)
        : this(new ClusterCredential(token))
    {
    }

    /// <inheritdoc/>
    public ValueTask<ClusterCredential> GetAsync(CancellationToken cancellationToken) => new(credential);

    /// <inheritdoc/>
    public void Refuse(ClusterCredential refused)
    {
    }
}
