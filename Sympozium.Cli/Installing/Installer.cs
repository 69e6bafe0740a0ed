using System.Text.Json.Nodes;
using Sympozium.Abstractions;
using Sympozium.Cli.Applying;
using Sympozium.Cli.Clusters;
using Sympozium.Cli.Output;
using Sympozium.Cli.Terminals;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Cli.Installing;

/// <summary>Applies an installation to a cluster and waits until it works. Repeating it repairs or upgrades.</summary>
internal sealed class Installer(ClusterSession cluster, ITerminal terminal, TimeProvider time)
{
    private static readonly ResourceType Deployments = new("apps", "v1", "deployments", "Deployment");
    private static readonly TimeSpan DiscoveryPoll = TimeSpan.FromMilliseconds(200);

    /// <summary>Applies all objects; the definitions are served when it returns.</summary>
    public async Task ApplyAsync(InstallManifests manifests, TimeSpan timeout, CancellationToken cancellationToken)
    {
        // Forced: a field that somebody changed by hand is what an installation repairs.
        Applier applier = new(cluster, new ApplyOptions(ServerSide: true, ForceConflicts: true));
        List<string> definitions = [];
        bool waited = false;
        foreach (ManifestObject manifest in manifests.Objects())
        {
            if (manifest.Kind != "CustomResourceDefinition" && definitions.Count > 0 && !waited)
            {
                waited = true;
                await WaitForDefinitionsAsync(definitions, timeout, cancellationToken);
            }

            if (manifest.Kind is "Namespace" or "CustomResourceDefinition")
            {
                await WaitForEarlierAsync(manifest, timeout, cancellationToken);
            }

            Applied applied = await applier.ApplyAsync(manifest, null, cancellationToken);
            terminal.Print($"{ResourceNames.Of(applied.Type, applied.Object)} applied");
            if (manifest.Kind == "CustomResourceDefinition")
            {
                definitions.Add(manifest.Name);
            }
        }
    }

    /// <summary>Waits until the control plane is available.</summary>
    /// <exception cref="CliException">It is not within the time; the message says what its pods wait for.</exception>
    public async Task WaitForControlPlaneAsync(string name, TimeSpan timeout, CancellationToken cancellationToken)
    {
        terminal.Say($"waiting for deployment/{name} in {SympoziumNames.SystemNamespace}");
        bool done = await WaitForAsync(Deployments, SympoziumNames.SystemNamespace, name, IsAvailable, timeout, cancellationToken);
        if (!done)
        {
            throw new CliException(ExitCodes.Timeout, $"the control plane is not ready after {timeout.TotalSeconds:0} s{await PodsAsync(cancellationToken)}");
        }
    }

    /// <summary>One of an earlier installation may be going still: what is put into it would go with it.</summary>
    private async Task WaitForEarlierAsync(ManifestObject manifest, TimeSpan timeout, CancellationToken cancellationToken)
    {
        ResourceType type = manifest.Kind == "Namespace" ? CoreTypes.Namespaces : CoreTypes.CustomResourceDefinitions;
        using var deadline = new CancellationTokenSource(timeout, time);
        bool told = false;
        while (await cluster.Client.GetAsync(type, null, manifest.Name, cancellationToken) is { } present && present["metadata"]!["deletionTimestamp"] is not null)
        {
            if (deadline.IsCancellationRequested)
            {
                throw new CliException(ExitCodes.Timeout, $"{ResourceNames.Of(type)}/{manifest.Name} of an earlier installation is deleted and still there after {timeout.TotalSeconds:0} s; 'kubectl get {ResourceNames.Of(type)} {manifest.Name} -o yaml' says what it waits for");
            }

            if (!told)
            {
                terminal.Say($"waiting for the end of {ResourceNames.Of(type)}/{manifest.Name} of an earlier installation");
                told = true;
            }

            await Task.Delay(DiscoveryPoll, time, cancellationToken);
        }
    }

    private async Task WaitForDefinitionsAsync(IReadOnlyList<string> names, TimeSpan timeout, CancellationToken cancellationToken)
    {
        foreach (string name in names)
        {
            if (!await WaitForAsync(CoreTypes.CustomResourceDefinitions, null, name, definition => HasCondition(definition, "Established"), timeout, cancellationToken))
            {
                throw new CliException(ExitCodes.Timeout, $"the definition {name} is not established after {timeout.TotalSeconds:0} s; 'kubectl describe crd {name}' says why");
            }
        }

        await WaitForDiscoveryAsync(names, timeout, cancellationToken);
    }

    /// <summary>A definition is established a moment before the server lists its resource to clients, and there is nothing to watch for that.</summary>
    private async Task WaitForDiscoveryAsync(IReadOnlyList<string> names, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(timeout, time);
        foreach (string name in names)
        {
            cluster.Discovery.Invalidate();
            while (await cluster.Discovery.FindResourceAsync(name, cancellationToken) is null)
            {
                if (deadline.IsCancellationRequested)
                {
                    throw new CliException(ExitCodes.Timeout, $"the server does not list {name} after {timeout.TotalSeconds:0} s; 'kubectl api-resources --api-group={name[(name.IndexOf('.', StringComparison.Ordinal) + 1)..]}' shows what it has");
                }

                await Task.Delay(DiscoveryPoll, time, cancellationToken);
                cluster.Discovery.Invalidate();
            }
        }
    }

    /// <summary>Watches one object until it is as wanted; false when that takes too long.</summary>
    private async Task<bool> WaitForAsync(
        ResourceType type, string? ns, string name, Func<JsonObject, bool> wanted, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(timeout, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            while (true)
            {
                // Without a version the watch begins with the object as it is.
                var options = new WatchOptions { FieldSelector = $"metadata.name={name}" };
                await foreach (WatchEvent change in cluster.Client.WatchAsync(type, ns, options, stop.Token))
                {
                    if (change.Type is WatchEventType.Added or WatchEventType.Modified && wanted(change.Resource))
                    {
                        return true;
                    }
                }
            }
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private async Task<string> PodsAsync(CancellationToken cancellationToken)
    {
        var selector = new ListOptions { LabelSelector = "app.kubernetes.io/part-of=sympozium,sympozium.ai/component=gateway" };
        ResourceList pods = await cluster.Client.ListAsync(CoreTypes.Pods, SympoziumNames.SystemNamespace, selector, cancellationToken);
        bool storage = pods.Items.Any(pod => State(pod).Contains("PersistentVolumeClaim", StringComparison.Ordinal));
        string hint = storage ? "\n  the claim sympozium-data got no volume: 'kubectl get storageclass' shows what the cluster has; name one with --storage-class, or do without by --no-volume" : "";
        string[] states = [.. pods.Items.Select(pod => $"\n  pod {(string?)pod["metadata"]!["name"]}: {State(pod)}")];
        return states.Length == 0 ? "; it has no pods: is there a node, and does its quota allow one?" : ":" + string.Concat(states) + hint;
    }

    private static string State(JsonObject pod)
    {
        JsonNode? waiting = (pod["status"]?["containerStatuses"] as JsonArray)?.Select(status => status?["state"]?["waiting"]).FirstOrDefault(state => state is not null);
        JsonNode? unscheduled = (pod["status"]?["conditions"] as JsonArray)?.FirstOrDefault(c => (string?)c?["type"] == "PodScheduled" && (string?)c["status"] == "False");
        return waiting is not null ? $"{(string?)waiting["reason"]} {(string?)waiting["message"]}".TrimEnd()
            : unscheduled is not null ? $"{(string?)unscheduled["reason"]} {(string?)unscheduled["message"]}".TrimEnd()
            : (string?)pod["status"]?["phase"] ?? "no status";
    }

    private static bool IsAvailable(JsonObject deployment) =>
        HasCondition(deployment, "Available") && (long?)deployment["status"]?["observedGeneration"] >= (long?)deployment["metadata"]!["generation"];

    private static bool HasCondition(JsonObject resource, string type) =>
        (resource["status"]?["conditions"] as JsonArray)?.Any(c => (string?)c?["type"] == type && (string?)c["status"] == "True") ?? false;
}
