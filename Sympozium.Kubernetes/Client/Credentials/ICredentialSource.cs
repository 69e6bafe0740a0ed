namespace Sympozium.Kubernetes.Client.Credentials;

/// <summary>Who the client is, where that may change while the client lives: rotated files, plugins whose tokens expire.</summary>
public interface ICredentialSource
{
    /// <summary>What to send now.</summary>
    /// <exception cref="CredentialException">There is nothing to send, and why.</exception>
    ValueTask<ClusterCredential> GetAsync(CancellationToken cancellationToken);

    /// <summary>The server answered 401 to <paramref name="refused"/>: what is cached of it must not be handed out again without a look for a newer one.</summary>
    void Refuse(ClusterCredential refused);
}
