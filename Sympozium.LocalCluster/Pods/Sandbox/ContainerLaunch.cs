namespace Sympozium.LocalCluster.Pods.Sandbox;

/// <summary>Everything a container's process needs, resolved: no reference to another object is left.</summary>
internal sealed record ContainerLaunch
{
    /// <summary>Value of <see cref="Processes.ProcFiles.MarkerVariable"/>.</summary>
    public required string Marker { get; init; }

    public required string Hostname { get; init; }

    /// <summary>Who its processes are.</summary>
    public ContainerUser User { get; init; } = new(0, 0);

    public required IReadOnlyList<string> Command { get; init; }

    public required IReadOnlyDictionary<string, string> Variables { get; init; }

    public required string WorkingDirectory { get; init; }

    public required IReadOnlyList<ContainerMount> Mounts { get; init; }

    /// <summary>Host directory of the image's executables; null for the host's own commands.</summary>
    public string? ImageDirectory { get; init; }

    /// <summary>Whether the container gets a network of its own with nothing in it.</summary>
    public bool DenyEgress { get; init; }

    /// <summary>A directory of this container alone, for what the sandbox cannot give it.</summary>
    public required string ScratchDirectory { get; init; }

    public required string OutputFile { get; init; }

    public required string RecordFile { get; init; }
}

/// <summary>A host path that a container sees somewhere.</summary>
internal sealed record ContainerMount(string Source, string Target, bool ReadOnly);
