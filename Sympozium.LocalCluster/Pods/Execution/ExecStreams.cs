namespace Sympozium.LocalCluster.Pods.Execution;

/// <summary>Which streams of a command are connected.</summary>
[Flags]
internal enum ExecStreams
{
    None = 0,
    Input = 1,
    Output = 2,
    Error = 4,

    /// <summary>A terminal, which is all of them.</summary>
    Terminal = 8,
}
