namespace Sympozium.LocalCluster.Pods.Processes;

/// <summary>One process to start, in a session of its own, with nothing of the control plane's environment.</summary>
/// <param name="Executable">Absolute path.</param>
/// <param name="Arguments">argv, including the name at index 0.</param>
/// <param name="Environment">The whole environment as NAME=value.</param>
/// <param name="OutputFile">File that stdout and stderr are appended to.</param>
/// <param name="RecordFile">File that is open for appending as descriptor <see cref="RecordDescriptor"/>.</param>
internal sealed record SpawnRequest(
    string Executable, IReadOnlyList<string> Arguments, IReadOnlyList<string> Environment, string OutputFile, string RecordFile)
{
    /// <summary>Where the process writes its exit code.</summary>
    public const int RecordDescriptor = 3;

    /// <summary>Where the process reads <see cref="Input"/>.</summary>
    public const int InputDescriptor = 4;

    /// <summary>Bytes the process can read from descriptor <see cref="InputDescriptor"/>; they never touch a disk.</summary>
    public ReadOnlyMemory<byte> Input { get; init; }

    /// <summary>Where the process finds <see cref="Inherited"/>.</summary>
    public const int InheritedDescriptor = 5;

    /// <summary>A descriptor that the process gets as <see cref="InheritedDescriptor"/>.</summary>
    public Microsoft.Win32.SafeHandles.SafeFileHandle? Inherited { get; init; }

    /// <summary>Files to which the process writes its id before anything else: the control groups that it joins.</summary>
    public IReadOnlyList<string> Groups { get; init; } = [];

    /// <summary>What a process reads that writes to files; null for nothing.</summary>
    public Microsoft.Win32.SafeHandles.SafeFileHandle? StandardInput { get; init; }

    /// <summary>Standard streams for a process that somebody talks to, instead of the files.</summary>
    public StandardStreams? Streams { get; init; }
}
