using System.Globalization;
using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Events;
using Sympozium.LocalCluster.Pods.Manifest;
using Sympozium.LocalCluster.Pods.Sandbox;

namespace Sympozium.LocalCluster.Pods.Lifecycle;

/// <summary>Renders the status of a pod's containers.</summary>
internal sealed class ContainerStatuses(PodManifest pod, IReadOnlyList<PodContainer> containers, ISandbox sandbox)
{
    /// <summary>The statuses of the init containers, in order, or of the others, by name.</summary>
    public JsonArray Render(bool isInit, bool initialized) =>
    [
        .. containers.Where(c => c.Role == ContainerRole.Main != isInit).OrderBy(c => isInit ? "" : c.Name, StringComparer.Ordinal)
            .Select(c => Status(c, initialized)),
    ];

    /// <summary>The statuses of containers that were added while the pod ran.</summary>
    public JsonArray RenderEphemeral(IReadOnlyList<PodContainer> ephemeral) => [.. ephemeral.Select(c => Status(c, initialized: true))];

    private JsonObject Status(PodContainer container, bool initialized)
    {
        var status = new JsonObject
        {
            ["name"] = container.Name,
            ["image"] = container.Spec.Image,
            ["imageID"] = container.WasStarted ? $"local://{container.Spec.Image}" : "",
            ["ready"] = container.Role switch
            {
                ContainerRole.Init => container.End is { ExitCode: 0 },
                ContainerRole.Ephemeral => false,
                _ => container.IsReady,
            },
            ["started"] = container.Phase == ContainerPhase.Running && container.HasStarted,
            ["restartCount"] = container.Restarts,
            ["state"] = State(container, initialized),
            ["lastState"] = LastState(container),
        };
        if (container.Spec.VolumeMounts.Count > 0)
        {
            status["volumeMounts"] = new JsonArray([.. container.Spec.VolumeMounts.Select(Mount)]);
        }

        if (container.WasStarted)
        {
            status["containerID"] = Id(container, container.Restarts);
            status["user"] = User(container.Spec);
            AddResources(status, container.Spec.Resources);
        }

        return status;
    }

    private static JsonObject Mount(VolumeMount mount)
    {
        var shown = new JsonObject { ["name"] = mount.Name, ["mountPath"] = mount.MountPath };
        if (mount.ReadOnly)
        {
            shown["readOnly"] = true;
            shown["recursiveReadOnly"] = "Disabled";
        }

        return shown;
    }

    private JsonObject User(ContainerSpec spec)
    {
        ContainerUser user = sandbox.UserOf(pod.Spec, spec);
        return new JsonObject
        {
            ["linux"] = new JsonObject { ["uid"] = user.Uid, ["gid"] = user.Gid, ["supplementalGroups"] = new JsonArray(user.Gid) },
        };
    }

    private static void AddResources(JsonObject status, ContainerResources resources)
    {
        var shown = new JsonObject();
        foreach ((string name, Dictionary<string, System.Text.Json.JsonElement> amounts) in new[] { ("limits", resources.Limits), ("requests", resources.Requests) })
        {
            if (amounts.Count > 0)
            {
                shown[name] = new JsonObject(amounts.Select(a => KeyValuePair.Create(a.Key, (JsonNode?)a.Value.ToString())));
            }
        }

        status["resources"] = shown;
        if (shown["requests"] is { } requests)
        {
            status["allocatedResources"] = requests.DeepClone();
        }
    }

    private static bool IsBackingOff(PodContainer container) => container is { Phase: ContainerPhase.Ended, RetryAt: not null };

    private JsonObject LastState(PodContainer container) => container switch
    {
        { End: { } end } when IsBackingOff(container) => Terminated(container, end, container.Restarts),
        { LastEnd: { } last } => Terminated(container, last, container.Restarts - 1),
        _ => [],
    };

    private JsonObject State(PodContainer container, bool initialized)
    {
        if (container.Phase == ContainerPhase.Running)
        {
            return new JsonObject { ["running"] = new JsonObject { ["startedAt"] = ClusterEvent.Time(container.StartedAt) } };
        }

        if (container is { Phase: ContainerPhase.Ended, End: { } end } && !IsBackingOff(container))
        {
            return Terminated(container, end, container.Restarts);
        }

        bool waitsForInit = container is { WaitingMessage: null, WasStarted: false } && !initialized && (container.Role == ContainerRole.Main || !IsNextInit(container));
        var waiting = new JsonObject { ["reason"] = waitsForInit ? "PodInitializing" : container.WaitingReason };
        if (container.WaitingMessage is { } message)
        {
            waiting["message"] = message;
        }

        return new JsonObject { ["waiting"] = waiting };
    }

    /// <summary>Whether nothing stands before an init container.</summary>
    private bool IsNextInit(PodContainer container) =>
        containers.First(c => c.Role != ContainerRole.Main && !(c.Role == ContainerRole.Sidecar ? c.HasStarted : c.End is { ExitCode: 0 })) == container;

    private JsonObject Terminated(PodContainer container, ContainerEnd end, int restart)
    {
        var terminated = new JsonObject
        {
            ["exitCode"] = end.ExitCode,
            ["reason"] = end.Reason,
            ["startedAt"] = ClusterEvent.Time(end.StartedAt),
            ["finishedAt"] = ClusterEvent.Time(end.FinishedAt),
            ["containerID"] = Id(container, restart),
        };
        if (end.Message is not null)
        {
            terminated["message"] = end.Message;
        }

        return new JsonObject { ["terminated"] = terminated };
    }

    private string Id(PodContainer container, int restart) =>
        string.Create(CultureInfo.InvariantCulture, $"local://{pod.Metadata.Uid}/{container.Name}/{restart}");
}
