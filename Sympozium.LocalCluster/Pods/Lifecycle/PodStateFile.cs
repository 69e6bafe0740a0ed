using System.Text.Json;
using System.Text.Json.Serialization;
using Sympozium.LocalCluster.Pods.Processes;

namespace Sympozium.LocalCluster.Pods.Lifecycle;

/// <summary>What a returning control plane has to know of a pod's processes.</summary>
internal sealed record PodState
{
    /// <summary>Boot that the process ids belong to.</summary>
    public string BootId { get; set; } = "";

    public DateTimeOffset StartTime { get; set; }

    public List<ContainerState> Containers { get; set; } = [];
}

/// <summary>The newest life of one container.</summary>
internal sealed record ContainerState
{
    public string Name { get; set; } = "";

    public int Restarts { get; set; }

    public int Pid { get; set; }

    /// <summary>Field 22 of <c>/proc/&lt;pid&gt;/stat</c>; tells the process from a later one with the same id.</summary>
    public long StartTicks { get; set; }

    public DateTimeOffset StartedAt { get; set; }

    public ContainerEnd? LastEnd { get; set; }

    public bool HasStarted { get; set; }

    public bool ReadinessOk { get; set; }

    public TimeSpan BackoffWait { get; set; }

    public DateTimeOffset BackoffSince { get; set; }
}

/// <summary>Reads and writes <c>state.json</c>.</summary>
internal static class PodStateFile
{
    /// <summary>Replaces the file by a rename: a crash leaves the old or the new one.</summary>
    public static void Write(string path, PodState state)
    {
        string temporary = path + ".new";
        File.WriteAllBytes(temporary, JsonSerializer.SerializeToUtf8Bytes(state, StateJson.Default.PodState));
        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>The state; null when there is none. Throws <see cref="JsonException"/> when the file holds something else.</summary>
    public static PodState? Read(string path) =>
        File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllBytes(path), StateJson.Default.PodState) : null;

    /// <summary>The container's state as of now.</summary>
    public static ContainerState Of(PodContainer container) => new()
    {
        Name = container.Name,
        Restarts = container.Restarts,
        Pid = container.Process?.Pid ?? 0,
        StartTicks = container.Process?.StartTicks ?? 0,
        StartedAt = container.StartedAt,
        LastEnd = container.LastEnd,
        HasStarted = container.HasStarted,
        ReadinessOk = container.ReadinessOk,
        BackoffWait = container.Backoff.Wait,
        BackoffSince = container.Backoff.Since,
    };

    /// <summary>Whether the recorded process still runs.</summary>
    public static bool IsAlive(PodState state, ContainerState container) =>
        state.BootId == ProcFiles.BootId && container.Pid > 0 && ProcFiles.StartTicks(container.Pid) == container.StartTicks;
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(PodState))]
internal sealed partial class StateJson : JsonSerializerContext;
