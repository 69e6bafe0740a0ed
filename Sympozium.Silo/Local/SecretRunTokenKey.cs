using System.Security.Cryptography;
using Microsoft.Extensions.Hosting;
using Sympozium.Abstractions.Broker;
using Sympozium.Kubernetes.Api;
using Sympozium.Silo.Hosting;

namespace Sympozium.Silo.Local;

/// <summary>The signing key of run tokens, kept in a Secret of the system namespace and made by whoever starts first.</summary>
internal sealed class SecretRunTokenKey(IKubernetesClient kubernetes) : IRunTokenKey, IHostedService
{
    private readonly SystemSecret _secret = new(kubernetes, "sympozium-run-token-key", "key");
    private byte[]? _key;

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Key => _key ?? throw new InvalidOperationException("The run token key is read at start; nothing may sign or verify before.");

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken) => _key = await _secret.EnsureAsync(
        static () => RandomNumberGenerator.GetBytes(RunToken.KeySize), static key => key.Length == RunToken.KeySize, cancellationToken);

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
