using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Hosting;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Broker;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Silo.Local;

/// <summary>The signing key of run tokens, kept in a Secret of the system namespace and made by whoever starts first.</summary>
internal sealed class SecretRunTokenKey(IKubernetesClient kubernetes) : IRunTokenKey, IHostedService
{
    private const string SecretName = "sympozium-run-token-key";
    private const string DataKey = "key";

    private byte[]? _key;

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Key => _key ?? throw new InvalidOperationException("The run token key is read at start; nothing may sign or verify before.");

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (await ReadAsync(cancellationToken) is byte[] present)
        {
            _key = present;
            return;
        }

        try
        {
            await kubernetes.CreateAsync(
                CoreTypes.Secrets,
                new JsonObject
                {
                    ["apiVersion"] = "v1",
                    ["kind"] = "Secret",
                    ["metadata"] = new JsonObject { ["name"] = SecretName, ["namespace"] = SympoziumNames.SystemNamespace },
                    ["type"] = "Opaque",
                    ["data"] = new JsonObject { [DataKey] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(RunToken.KeySize)) },
                },
                cancellationToken);
        }
        catch (KubernetesException e) when (e.IsAlreadyExists)
        {
            // Another process was faster; its key is the one.
        }

        _key = await ReadAsync(cancellationToken)
            ?? throw new SympoziumInvalidException($"Secret '{SecretName}' in namespace '{SympoziumNames.SystemNamespace}' has no usable '{DataKey}'; delete it to have a new one made.");
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task<byte[]?> ReadAsync(CancellationToken cancellationToken)
    {
        JsonObject? secret = await kubernetes.GetAsync(CoreTypes.Secrets, SympoziumNames.SystemNamespace, SecretName, cancellationToken);
        byte[] key = Convert.FromBase64String((string?)secret?["data"]?[DataKey] ?? "");
        return key.Length == RunToken.KeySize ? key : null;
    }
}
