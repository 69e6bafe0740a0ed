using System.Text.Json.Nodes;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Controllers;
using Sympozium.LocalCluster.Objects;
using Sympozium.LocalCluster.Pods;

namespace Sympozium.LocalCluster.Nodes;

/// <summary>
/// Keeps the Node that stands for this machine, and its Lease, as a kubelet does. Triggered by time, first at start; idempotent because
/// it writes what it finds out now. What others set (labels, taints, whether pods may come) stays.
/// </summary>
internal sealed partial class NodeReporter(
    IKubernetesClient client, LocalPodOptions options, ControllerOptions periods, TimeProvider time, ILogger<NodeReporter> logger) : BackgroundService
{
    private const string FieldManager = "kubelet";
    private const string LeaseNamespace = "kube-node-lease";
    private const int LeaseSeconds = 40;

    private DateTimeOffset _reported;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        using PeriodicTimer timer = new(periods.NodeLeasePeriod, time);
        do
        {
            try
            {
                await ReportAsync(stoppingToken);
            }
            catch (KubernetesException failed)
            {
                LogFailed(options.NodeName, failed);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task ReportAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        JsonObject? node = await client.GetAsync(CoreTypes.Nodes, null, options.NodeName, cancellationToken);
        if (node is null || now - _reported >= periods.NodeStatusPeriod)
        {
            node ??= await client.CreateAsync(CoreTypes.Nodes, NodeDescription.Object(options.NodeName), cancellationToken);
            JsonObject patch = new() { ["status"] = NodeDescription.Status(options.NodeName, node, now) };
            await client.PatchAsync(CoreTypes.Nodes, null, options.NodeName, new Patch(PatchType.Merge, patch, FieldManager), "status", cancellationToken);
            _reported = now;
        }

        await RenewAsync(node, now, cancellationToken);
    }

    private async Task RenewAsync(JsonObject node, DateTimeOffset now, CancellationToken cancellationToken)
    {
        string renewed = now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", System.Globalization.CultureInfo.InvariantCulture);
        JsonObject spec = new() { ["holderIdentity"] = options.NodeName, ["leaseDurationSeconds"] = LeaseSeconds, ["renewTime"] = renewed };
        if (await client.GetAsync(CoreTypes.Leases, LeaseNamespace, options.NodeName, cancellationToken) is not null)
        {
            Patch patch = new(PatchType.Merge, new JsonObject { ["spec"] = spec }, FieldManager);
            await client.PatchAsync(CoreTypes.Leases, LeaseNamespace, options.NodeName, patch, null, cancellationToken);
            return;
        }

        JsonObject lease = new()
        {
            ["apiVersion"] = CoreTypes.Leases.ApiVersion,
            ["kind"] = CoreTypes.Leases.Kind,
            ["metadata"] = new JsonObject
            {
                ["name"] = options.NodeName,
                ["namespace"] = LeaseNamespace,
                ["ownerReferences"] = new JsonArray(new JsonObject
                {
                    ["apiVersion"] = "v1",
                    ["kind"] = "Node",
                    ["name"] = options.NodeName,
                    ["uid"] = Metadata.Text(Metadata.Of(node), "uid"),
                }),
            },
            ["spec"] = spec,
        };
        await client.CreateAsync(CoreTypes.Leases, lease, cancellationToken);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Node {Node} could not be reported; it is tried again")]
    private partial void LogFailed(string node, Exception exception);
}
