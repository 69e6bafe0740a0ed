using Microsoft.Win32.SafeHandles;

namespace Sympozium.LocalCluster.Pods.Processes;

/// <summary>The standard streams of a process that somebody talks to.</summary>
/// <param name="Input">Descriptor for reading; null for nothing to read.</param>
/// <param name="Output">Descriptor for writing.</param>
/// <param name="Error">Descriptor for writing.</param>
/// <param name="Terminal">Path of a terminal that is all three and becomes the process's own; the descriptors are then null.</param>
internal sealed record StandardStreams(SafeFileHandle? Input, SafeFileHandle? Output, SafeFileHandle? Error, string? Terminal = null);
