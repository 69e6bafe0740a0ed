using Sympozium.Runner.Lifetime;

namespace Sympozium.Runner.Bridge;

/// <summary>The verb <c>ipc-bridge</c>: from its start to the last published file.</summary>
internal static class BridgeVerb
{
    /// <summary>Runs it.</summary>
    public static int Run(TimeProvider clock)
    {
        using var lifetime = new ProcessLifetime(clock);
        lifetime.HandleSignals();
        BridgeOptions options;
        try
        {
            options = BridgeOptions.FromEnvironment();
        }
        catch (FormatException e)
        {
            RunnerLog.Error(e.Message);
            return ExitCodes.UsageError;
        }

        using var bridge = new IpcBridge(options, lifetime);
        try
        {
            bridge.Run();
            return ExitCodes.Success;
        }
        catch (StoppedException)
        {
            return Drain(bridge, options, clock);
        }
        catch (IOException e)
        {
            RunnerLog.Error($"The bridge failed: {e.Message}");
            return ExitCodes.Failed;
        }
    }

    private static int Drain(IpcBridge bridge, BridgeOptions options, TimeProvider clock)
    {
        using var lifetime = new ProcessLifetime(clock);
        lifetime.SetDeadline(options.DrainLimit);
        try
        {
            bridge.Drain(lifetime);
            return ExitCodes.Success;
        }
        catch (StoppedException)
        {
            RunnerLog.Error($"Not everything could be published within {options.DrainLimit.TotalSeconds:0} seconds after SIGTERM.");
            return ExitCodes.Failed;
        }
    }
}
