using Sympozium.Kubernetes.Api;

namespace Sympozium.LocalCluster.Server;

/// <summary>Where commands in containers and connections to them come from.</summary>
public interface IPodSessions
{
    /// <summary>
    /// Starts a command in a running container. Throws <see cref="KubernetesException"/>: 400 for an unknown container or none named among
    /// several, 500 when the command cannot be started.
    /// </summary>
    Task<IPodCommand> ExecuteAsync(string ns, string pod, ExecOptions options, CancellationToken cancellationToken);

    /// <summary>
    /// Follows the output of a container's main process from now on, and writes to its input when the container keeps one open. Disposing it leaves the process alone.
    /// </summary>
    Task<IPodCommand> AttachAsync(string ns, string pod, ExecOptions options, CancellationToken cancellationToken);

    /// <summary>Connects to a port of a running pod. Throws <see cref="IOException"/> with the reason when nobody listens there.</summary>
    Task<Stream> ConnectAsync(string ns, string pod, int port, CancellationToken cancellationToken);
}

/// <summary>What to run, and what to connect.</summary>
/// <param name="Container">Null when the pod has only one, or names its default one.</param>
/// <param name="Command">Program and arguments.</param>
/// <param name="Input">Whether it reads what the client sends.</param>
/// <param name="Output">Whether its output is wanted.</param>
/// <param name="Error">Whether its error output is wanted.</param>
/// <param name="Terminal">Whether it gets a terminal.</param>
public sealed record ExecOptions(string? Container, IReadOnlyList<string> Command, bool Input, bool Output, bool Error, bool Terminal);

/// <summary>A command that runs; disposing it ends it.</summary>
public interface IPodCommand : IDisposable
{
    /// <summary>What it writes to its standard output or terminal, until it ends.</summary>
    IAsyncEnumerable<ReadOnlyMemory<byte>> ReadOutputAsync(CancellationToken cancellationToken);

    /// <summary>What it writes to its standard error, until it ends.</summary>
    IAsyncEnumerable<ReadOnlyMemory<byte>> ReadErrorAsync(CancellationToken cancellationToken);

    /// <summary>Its exit code; 128 + n for signal n.</summary>
    Task<int> Exited { get; }

    /// <summary>Writes to its input; false when it does not read any more. Blocks while it reads slowly.</summary>
    bool Write(ReadOnlySpan<byte> bytes);

    /// <summary>Nothing more comes on its input.</summary>
    void CloseInput();

    /// <summary>Its terminal has another size.</summary>
    void Resize(ushort columns, ushort rows);
}

/// <summary>A cluster that runs no pods.</summary>
public sealed class NoPodSessions : IPodSessions
{
    /// <inheritdoc/>
    public Task<IPodCommand> ExecuteAsync(string ns, string pod, ExecOptions options, CancellationToken cancellationToken) => throw Refusal(pod);

    /// <inheritdoc/>
    public Task<IPodCommand> AttachAsync(string ns, string pod, ExecOptions options, CancellationToken cancellationToken) => throw Refusal(pod);

    /// <inheritdoc/>
    public Task<Stream> ConnectAsync(string ns, string pod, int port, CancellationToken cancellationToken) => throw Refusal(pod);

    private static KubernetesException Refusal(string pod) =>
        new(System.Net.HttpStatusCode.BadRequest, StatusReasons.BadRequest, $"pod \"{pod}\" does not run: this cluster runs no pods");
}
