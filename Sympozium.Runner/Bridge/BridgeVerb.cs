using Sympozium.Runner.Lifetime;

namespace Sympozium.Runner.Bridge;

/// <summary>The verb <c>ipc-bridge</c>.</summary>
internal static class BridgeVerb
{
    public static int Run(TimeProvider clock)
    {
        using var lifetime = new ProcessLifetime(clock);
        return ExitCodes.Success;
    }
}
