using System.ComponentModel.DataAnnotations;

namespace Sympozium.Grains.Runs;

/// <summary>How runs are carried out.</summary>
public sealed class RunOptions
{
    /// <summary>Configuration section.</summary>
    public const string SectionName = "Sympozium:Runs";

    /// <summary>How long a run waits for a reference (instance, secret, policy, skill pack) that does not exist yet.</summary>
    /// <value>Default 5 s, so that objects of one manifest may come in any order. 0 to 10 min.</value>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan ReferenceGrace { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How soon a waiting run looks again.</summary>
    /// <value>Default 500 ms. 10 ms to 1 min.</value>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan ReferencePoll { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How soon a run looks again whose pod, or the quota for it, is not there yet.</summary>
    /// <value>Default 5 s. 100 ms to 5 min.</value>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:05:00")]
    public TimeSpan PodPoll { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How much longer than the Job's deadline a run's token is valid.</summary>
    /// <value>Default 5 min. 0 to 1 h.</value>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan TokenGrace { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How many bytes from the end of an agent's log are searched for its result.</summary>
    /// <value>Default 1 MiB. 4 KiB to 64 MiB.</value>
    [Range(4096, 64 * 1024 * 1024)]
    public int LogTailBytes { get; set; } = 1024 * 1024;

    /// <summary>How long after its Job's end a run asks for a log that the pod's node does not give.</summary>
    /// <value>Default 1 min. 0 to 1 h.</value>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan LogPatience { get; set; } = TimeSpan.FromMinutes(1);
}
