using Orleans.Runtime;

namespace Sympozium.GrainRuntime.Activations;

/// <summary>What a grain class needs to know while its constructor runs.</summary>
internal static class ActivationScope
{
    [ThreadStatic]
    private static IGrainContext? _constructing;

    /// <summary>The activation whose grain is being constructed on this thread.</summary>
    public static IGrainContext? Constructing
    {
        get => _constructing;
        set => _constructing = value;
    }
}
