namespace Sympozium.LocalCluster.Pods.Processes;

/// <summary>Reaches a container's processes from outside, whoever started them.</summary>
internal static class ContainerSignals
{
    /// <summary>
    /// Asks the container's main process to end; false when that does not run yet, or has no handler for SIGTERM yet. The main process of a
    /// container is pid 1 in its namespace, which the kernel spares a signal that it does not handle. Here the sandbox's init is pid 1, so that
    /// rule is kept by not sending the signal.
    /// </summary>
    public static bool Terminate(string recordFile, string marker, bool hasPidNamespace)
    {
        // Neither bubblewrap nor its init passes signals on.
        return ExitRecord.Read(recordFile).InnerPid is { } inner
            && ProcFiles.Marker(inner) == marker
            && ProcFiles.FirstChild(inner) is { } main
            && (!hasPidNamespace || ProcFiles.Program(main) != ProcFiles.Program(inner))
            && ProcFiles.Catches(main, Native.SigTerm)
            && Native.Kill(main, Native.SigTerm) == 0;
    }

    /// <summary>
    /// Kills everything in the container. In a pid namespace that is its init, whose end the outer process still records;
    /// elsewhere, and before that init is known, it is every process that carries the marker. True when it is certain that nothing goes on.
    /// </summary>
    public static bool Kill(string recordFile, string marker, bool hasPidNamespace)
    {
        bool isInit = hasPidNamespace
            && ExitRecord.Read(recordFile).InnerPid is { } inner
            && ProcFiles.Marker(inner) == marker
            && Native.Kill(inner, Native.SigKill) == 0;
        if (!isInit)
        {
            KillMarked(marker);
        }

        return isInit;
    }

    /// <summary>
    /// Kills what a container left behind whose main process has ended; nothing may outlive it. The init of a sandbox stays as long as it has children,
    /// so that what the main process started in the background would go on. Where no exit was recorded the outer half was killed, and
    /// nothing is certain but the marker.
    /// </summary>
    public static void KillRest(string recordFile, string marker, bool hasPidNamespace)
    {
        ExitRecord record = ExitRecord.Read(recordFile);
        if (!hasPidNamespace || record.ExitCode is null)
        {
            KillMarked(marker);
        }
        else if (record.InnerPid is { } init && ProcFiles.Marker(init) == marker)
        {
            Native.Kill(init, Native.SigKill);
        }
    }

    /// <summary>Kills every process with this marker.</summary>
    public static void KillMarked(string marker)
    {
        foreach ((int pid, string found) in ProcFiles.FindMarked(marker))
        {
            if (found == marker)
            {
                Native.Kill(pid, Native.SigKill);
            }
        }
    }
}
