namespace Sympozium.Cli.ControlPlanes;

/// <summary>What runs in a data directory.</summary>
internal static class ControlPlane
{
    /// <summary>The status of a control plane that really runs in this directory; null when none does.</summary>
    public static ControlPlaneStatus? FindRunning(DataDirectory data)
    {
        if (ControlPlaneStatus.TryRead(data) is not { } status)
        {
            return null;
        }
        DateTimeOffset written = new(File.GetLastWriteTimeUtc(data.StatusFile));
        return ProcessIdentity.IsSame(status.Pid, written, data.Path) ? status : null;
    }
}
