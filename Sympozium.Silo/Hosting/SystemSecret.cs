using System.Text.Json.Nodes;
using Sympozium.Abstractions;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Silo.Hosting;

/// <summary>
/// A random value that all processes of an installation share through a Secret of the system namespace. Whoever needs it first makes it.
/// </summary>
internal sealed class SystemSecret(IKubernetesClient kubernetes, string name, string key)
{
    /// <summary>Reads the value, or makes it.</summary>
    /// <param name="make">A new value.</param>
    /// <param name="isUsable">Whether a value that is there can be used.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SympoziumInvalidException">The Secret is there without a usable value.</exception>
    public async Task<byte[]> EnsureAsync(Func<byte[]> make, Func<byte[], bool> isUsable, CancellationToken cancellationToken)
    {
        if (await ReadAsync(isUsable, cancellationToken) is { } present)
        {
            return present;
        }

        try
        {
            await kubernetes.CreateAsync(
                CoreTypes.Secrets,
                new JsonObject
                {
                    ["apiVersion"] = "v1",
                    ["kind"] = "Secret",
                    ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = SympoziumNames.SystemNamespace },
                    ["type"] = "Opaque",
                    ["data"] = new JsonObject { [key] = Convert.ToBase64String(make()) },
                },
                cancellationToken);
        }
        catch (KubernetesException e) when (e.IsAlreadyExists)
        {
            // Another process was faster; its value is the one.
        }

        return await ReadAsync(isUsable, cancellationToken)
            ?? throw new SympoziumInvalidException($"Secret '{name}' in namespace '{SympoziumNames.SystemNamespace}' has no usable '{key}'; delete it to have a new one made.");
    }

    private async Task<byte[]?> ReadAsync(Func<byte[], bool> isUsable, CancellationToken cancellationToken)
    {
        JsonObject? secret = await kubernetes.GetAsync(CoreTypes.Secrets, SympoziumNames.SystemNamespace, name, cancellationToken);
        byte[] value = Convert.FromBase64String((string?)secret?["data"]?[key] ?? "");
        return isUsable(value) ? value : null;
    }
}
