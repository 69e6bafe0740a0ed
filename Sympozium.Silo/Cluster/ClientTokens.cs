using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Sympozium.Gateway.Auth;
using Sympozium.Kubernetes.Api;
using Sympozium.Silo.Hosting;

namespace Sympozium.Silo.Cluster;

/// <summary>Where the gateway's bearer token of <c>/v1</c> and <c>/api</c> comes from.</summary>
internal interface IClientTokens
{
    /// <summary>The token; made when there is none yet.</summary>
    Task<ClientToken> GetAsync(CancellationToken cancellationToken);
}

/// <summary>In a file, for one gateway.</summary>
internal sealed class FileClientTokens(string path) : IClientTokens
{
    /// <inheritdoc/>
    public Task<ClientToken> GetAsync(CancellationToken cancellationToken) => Task.FromResult(ClientToken.LoadOrCreate(path));
}

/// <summary>In a Secret, for all gateways of an installation.</summary>
internal sealed class SecretClientTokens(IKubernetesClient kubernetes) : IClientTokens
{
    /// <summary>Name of the Secret in the system namespace.</summary>
    public const string SecretName = "sympozium-gateway-token";

    private const string DataKey = "token";
    private const int Size = 32;
    private const int MinLength = 16;

    /// <inheritdoc/>
    public async Task<ClientToken> GetAsync(CancellationToken cancellationToken)
    {
        byte[] token = await new SystemSecret(kubernetes, SecretName, DataKey).EnsureAsync(
            static () => Encoding.ASCII.GetBytes(Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Size))),
            static value => value.Length >= MinLength,
            cancellationToken);
        return new ClientToken(Encoding.UTF8.GetString(token).Trim());
    }
}
