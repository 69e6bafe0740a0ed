using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Events;
using Sympozium.LocalCluster.Kinds.Rules;

namespace Sympozium.LocalCluster.Pods.Scheduling;

/// <summary>
/// Binds pods to the one node. Converges <c>spec.nodeName</c>, or the condition that says why there is none; triggered by the pod runner, which
/// offers it every pod without a node that it sees; idempotent because a pod that has a node, or the same condition already, is left as it is.
/// </summary>
internal sealed partial class PodScheduler(
    IKubernetesClient client, EventRecorder events, NodeFit node, TimeProvider time, ILogger<PodScheduler> logger) : BackgroundService
{
    private const string Gated = "Scheduling is blocked due to non-empty scheduling gates";

    /// <summary>Pods that wait for something else to change, by uid.</summary>
    private readonly ConcurrentDictionary<string, JsonObject> _waiting = new(StringComparer.Ordinal);

    private readonly ClaimFit _claims = new(client, node);

    /// <summary>Grows with every call of <see cref="Reconsider"/>.</summary>
    private long _changes;

    private readonly Channel<JsonObject> _offered = Channel.CreateUnbounded<JsonObject>(new UnboundedChannelOptions { SingleReader = true });

    /// <summary>Looks at a pod as it is stored.</summary>
    public void Offer(JsonObject pod)
    {
        if (pod.Map("spec") is { } spec && spec.Text("nodeName").Length == 0 && NodeFit.IsOurs(spec) && pod.Map("metadata")?["deletionTimestamp"] is null)
        {
            _offered.Writer.TryWrite(pod);
        }
    }

    /// <summary>A pod went, or the node, a claim or a volume changed: those that wait are looked at again.</summary>
    public void Reconsider()
    {
        Interlocked.Increment(ref _changes);
        foreach (string uid in _waiting.Keys)
        {
            if (_waiting.TryRemove(uid, out JsonObject? pod))
            {
                _offered.Writer.TryWrite(pod);
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        await foreach (JsonObject pod in _offered.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                await ScheduleAsync(pod, stoppingToken);
            }
            catch (Exception failed) when (failed is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
            {
                // Gone or changed meanwhile: its next version, if any, is offered too. Everything is offered again at each resync.
                EventTarget who = EventTarget.Of(pod);
                LogFailed(who.Namespace, who.Name, failed);
            }
        }
    }

    private async Task ScheduleAsync(JsonObject pod, CancellationToken cancellationToken)
    {
        JsonObject spec = pod.Map("spec")!;
        long seen = Interlocked.Read(ref _changes);
        if (NodeFit.IsGated(spec))
        {
            await RefuseAsync(pod, "SchedulingGated", Gated, cancellationToken);
        }
        else if ((node.WhyNot(spec) ?? await WhyNotBesideAsync(pod, spec, cancellationToken)) is { } why)
        {
            await PostponeAsync(pod, why, seen, cancellationToken);
        }
        else if (ClaimFit.Matters(spec) && await _claims.LookAsync(pod, cancellationToken) is { Waits: true } claims)
        {
            await PostponeAsync(pod, claims.Why, seen, cancellationToken);
        }
        else
        {
            var bound = new JsonObject { ["spec"] = new JsonObject { ["nodeName"] = node.Name }, ["status"] = Status(pod, "True", null, null) };
            await WriteAsync(pod, bound, "binding", cancellationToken);
            events.Record(SchedulerEvents.Assigned(pod, node.Name));
        }
    }

    private async Task<string?> WhyNotBesideAsync(JsonObject pod, JsonObject spec, CancellationToken cancellationToken)
    {
        if (!PodAffinity.Matters(spec))
        {
            return null;
        }

        ResourceList pods = await client.ListAsync(CoreTypes.Pods, null, ListOptions.All, cancellationToken);
        return PodAffinity.WhyNot(pod, pods.Items.Where(p => p.Map("spec").Text("nodeName") == node.Name));
    }

    /// <summary>Lets a pod wait until something changes, and says why when something is wrong.</summary>
    private async Task PostponeAsync(JsonObject pod, string? why, long seen, CancellationToken cancellationToken)
    {
        string uid = pod.Map("metadata").Text("uid");
        _waiting[uid] = pod;

        // What changed while it was looked at is not missed.
        if (Interlocked.Read(ref _changes) != seen && _waiting.TryRemove(uid, out _))
        {
            _offered.Writer.TryWrite(pod);
            return;
        }

        if (why is not null && await RefuseAsync(pod, "Unschedulable", why, cancellationToken))
        {
            events.Record(SchedulerEvents.Failed(pod, node.Name, why));
        }
    }

    /// <summary>Says why a pod waits; false when it says so already.</summary>
    private async Task<bool> RefuseAsync(JsonObject pod, string reason, string message, CancellationToken cancellationToken)
    {
        JsonObject? said = pod.Map("status").Items("conditions").Select(c => c.Item).FirstOrDefault(c => c.Text("type") == "PodScheduled");
        if (said.Text("reason") == reason && said.Text("message") == message)
        {
            return false;
        }

        await WriteAsync(pod, new JsonObject { ["status"] = Status(pod, "False", reason, message) }, "status", cancellationToken);
        return true;
    }

    private JsonObject Status(JsonObject pod, string status, string? reason, string? message)
    {
        var condition = new JsonObject
        {
            ["type"] = "PodScheduled",
            ["status"] = status,
            ["observedGeneration"] = pod.Map("metadata")?["generation"]?.DeepClone(),
            ["lastProbeTime"] = null,
            ["lastTransitionTime"] = ClusterEvent.Time(time.GetUtcNow()),
        };
        if (reason is not null)
        {
            condition["reason"] = reason;
            condition["message"] = message;
        }

        return new JsonObject { ["conditions"] = new JsonArray(condition) };
    }

    private Task<JsonObject> WriteAsync(JsonObject pod, JsonObject change, string subresource, CancellationToken cancellationToken) => client.PatchAsync(
        CoreTypes.Pods, pod.Map("metadata").Text("namespace"), pod.Map("metadata").Text("name"), new Patch(PatchType.Strategic, change) { FieldManager = "kube-scheduler" },
        subresource, cancellationToken);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Pod {Namespace}/{Pod} was not scheduled")]
    private partial void LogFailed(string? @namespace, string pod, Exception exception);
}
