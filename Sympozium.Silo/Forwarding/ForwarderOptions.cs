using System.ComponentModel.DataAnnotations;

namespace Sympozium.Silo.Forwarding;

/// <summary>How resource events are forwarded to grains.</summary>
internal sealed class ForwarderOptions
{
    /// <summary>Configuration section.</summary>
    public const string SectionName = "Sympozium:Forwarder";

    /// <summary>How often everything is listed again though no event came.</summary>
    /// <value>Default 10 min. 10 s to 24 h.</value>
    [Range(typeof(TimeSpan), "00:00:10", "1.00:00:00")]
    public TimeSpan ResyncPeriod { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long changes of an instance's runs are gathered before its counts are written.</summary>
    /// <value>Default 2 s. 0 to 1 min.</value>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan CountDelay { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How much later a grain is called by the silos that are not the first for its key, in case that one does not.</summary>
    /// <value>Default 15 s. 1 s to 10 min.</value>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan BackupDelay { get; set; } = TimeSpan.FromSeconds(15);
}
