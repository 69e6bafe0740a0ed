namespace Sympozium.Kubernetes.Client.Credentials;

/// <summary>Several sources together: a client certificate and a token, for example. What a later source has, wins.</summary>
public sealed class CombinedCredential(IReadOnlyList<ICredentialSource> sources) : ICredentialSource
{
    /// <inheritdoc/>
    public async ValueTask<ClusterCredential> GetAsync(CancellationToken cancellationToken)
    {
        ClusterCredential all = ClusterCredential.Anonymous;
        foreach (ICredentialSource source in sources)
        {
            ClusterCredential one = await source.GetAsync(cancellationToken);
            all = new ClusterCredential(one.Token ?? all.Token, one.Certificate ?? all.Certificate);
        }

        return all;
    }

    /// <inheritdoc/>
    public void Refuse(ClusterCredential refused)
    {
        foreach (ICredentialSource source in sources)
        {
            source.Refuse(refused);
        }
    }
}
