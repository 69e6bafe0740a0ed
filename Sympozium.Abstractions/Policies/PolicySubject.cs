namespace Sympozium.Abstractions.Policies;

/// <summary>A value and the field in which it stands, for example <c>spec.sandbox.image</c>.</summary>
/// <typeparam name="T">Type of the value.</typeparam>
/// <param name="Value">The value.</param>
/// <param name="Path">The field.</param>
public readonly record struct Stated<T>(T Value, string Path);

/// <summary>Everything about a run or instance that a policy can refuse, wherever and in whatever spelling it is written.</summary>
public sealed record PolicySubject
{
    /// <summary>Tools that the run's own list asks for.</summary>
    public IReadOnlyList<Stated<string>> Tools { get; init; } = [];

    /// <summary>Whether a sandbox is wanted; null when nobody says.</summary>
    public Stated<bool>? Sandbox { get; init; }

    /// <summary>Whether agent-sandbox is wanted; null when nobody says.</summary>
    public Stated<bool>? AgentSandbox { get; init; }

    /// <summary>Runtime class of agent-sandbox.</summary>
    public Stated<string>? AgentRuntimeClass { get; init; }

    /// <summary>Requests and limits of CPU.</summary>
    public IReadOnlyList<Stated<string>> Cpu { get; init; } = [];

    /// <summary>Requests and limits of memory.</summary>
    public IReadOnlyList<Stated<string>> Memory { get; init; } = [];

    /// <summary>Seccomp profile of the sandbox.</summary>
    public Stated<string>? SeccompProfile { get; init; }

    /// <summary>Directories of the host that something mounts.</summary>
    public IReadOnlyList<Stated<string>> HostMounts { get; init; } = [];

    /// <summary>Image of the sandbox.</summary>
    public Stated<string>? SandboxImage { get; init; }

    /// <summary>Images of hooks and of skills' sidecars.</summary>
    public IReadOnlyList<Stated<string>> Images { get; init; } = [];

    /// <summary>Resources, as <c>resource.group</c>, that hooks want permissions for.</summary>
    public IReadOnlyList<Stated<string>> HookResources { get; init; } = [];

    /// <summary>Depth in a chain of runs; null for a run that nobody started.</summary>
    public Stated<int>? Depth { get; init; }

    /// <summary>Other children of the same parent that are alive.</summary>
    public int LiveSiblings { get; init; }

    /// <summary>The model, or the name of the Model resource.</summary>
    public Stated<string>? Model { get; init; }

    /// <summary>Provider of the model.</summary>
    public string Provider { get; init; } = "";

    /// <summary>Namespace of a Model resource in another namespace.</summary>
    public Stated<string>? ModelNamespace { get; init; }

    /// <summary>Timeout that is asked for.</summary>
    public Stated<string>? Timeout { get; init; }
}
