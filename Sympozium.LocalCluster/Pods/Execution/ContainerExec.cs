using System.ComponentModel;
using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Sympozium.LocalCluster.Pods.Lifecycle;
using Sympozium.LocalCluster.Pods.Limits;
using Sympozium.LocalCluster.Pods.Manifest;
using Sympozium.LocalCluster.Pods.Processes;
using Sympozium.LocalCluster.Pods.Sandbox;

namespace Sympozium.LocalCluster.Pods.Execution;

/// <summary>
/// Runs commands in running containers, for exec, probes and hooks. The command enters the namespaces of the container's main process by
/// <c>nsenter</c>, gives up all capabilities by <c>setpriv</c> and takes that process's environment, which reaches it through a descriptor and
/// never through a command line.
/// </summary>
internal sealed class ContainerExec(ISandbox sandbox, ProcessWatcher processes, ControlGroups groups, TimeProvider time)
{
    /// <summary>Takes the variables, goes to the directory, becomes the command.</summary>
    private const string Script = """. /proc/self/fd/4; exec 4<&-; cd "$0" 2>/dev/null || cd /; exec "$@" """;

    /// <summary>How often and how long a container that is just starting is waited for.</summary>
    private const int MaxLooks = 1000;
    private static readonly TimeSpan LookPeriod = TimeSpan.FromMilliseconds(5);

    private int _count;

    /// <summary>Starts a command.</summary>
    /// <param name="container">The container's life to run it in.</param>
    /// <param name="spec">Its description.</param>
    /// <param name="command">Program and arguments.</param>
    /// <param name="streams">What is connected.</param>
    /// <param name="cancellationToken">Ends the wait for a container that is just starting.</param>
    /// <exception cref="IOException">The container does not run, the program is not there, or it cannot be started.</exception>
    public async Task<ExecProcess> StartAsync(
        ContainerProcess container, ContainerSpec spec, IReadOnlyList<string> command, ExecStreams streams, CancellationToken cancellationToken)
    {
        int main = await MainAsync(container, cancellationToken) ?? throw new IOException($"container not found (\"{spec.Name}\")");
        IReadOnlyList<KeyValuePair<string, string>> variables = ProcFiles.Variables(main);
        if (Find(main, command[0], variables) is { } problem)
        {
            throw new IOException(problem);
        }

        string marker = string.Create(CultureInfo.InvariantCulture, $"{container.Marker}/exec-{Interlocked.Increment(ref _count)}");
        SpawnRequest request = Describe(main, spec, command, variables, marker) with { Groups = groups.Of(container.Marker) };
        using SafeFileHandle? inherited = request.Inherited;
        return Spawn(request, marker, streams);
    }

    /// <summary>The container's main process, as soon as it has become the container's program; null when it is over.</summary>
    private async Task<int?> MainAsync(ContainerProcess container, CancellationToken cancellationToken)
    {
        for (int look = 0; ; look++)
        {
            if (Main(container) is { } main && (HasBecomeProgram(container, main) || look >= MaxLooks))
            {
                return main;
            }

            if (container.Ended.IsCompleted || look >= MaxLooks)
            {
                return null;
            }

            await Task.Delay(LookPeriod, time, cancellationToken);
        }
    }

    /// <summary>A process that is just being started is still the sandbox's own, with its variables.</summary>
    private bool HasBecomeProgram(ContainerProcess container, int main) =>
        !sandbox.HasPidNamespace || ExitRecord.Read(container.RecordFile).InnerPid is not { } inner || ProcFiles.Program(main) != ProcFiles.Program(inner);

    /// <summary>The container's main process; null when it is over.</summary>
    private static int? Main(ContainerProcess container) =>
        ExitRecord.Read(container.RecordFile) is { InnerPid: { } inner, ExitCode: null } && ProcFiles.Marker(inner) == container.Marker
            ? ProcFiles.FirstChild(inner)
            : null;

    private SpawnRequest Describe(
        int main, ContainerSpec spec, IReadOnlyList<string> command, IReadOnlyList<KeyValuePair<string, string>> variables, string marker)
    {
        string directory = spec.WorkingDir is { Length: > 0 } given ? given : "/";
        string[] shell = ["sh", "-c", Script, directory, .. Odd(variables), .. command];
        byte[] exports = Encoding.UTF8.GetBytes(Exports(variables));
        string[] environment = [$"{ProcFiles.MarkerVariable}={marker}", $"PATH={BubblewrapSandbox.HostPath}"];
        if (!sandbox.HasPidNamespace)
        {
            return new SpawnRequest("/bin/sh", shell, environment, "", "") { Input = exports };
        }

        SafeFileHandle? outer = Native.EffectiveUser() == 0 ? null : Descriptors.OwnerOfMounts(main);
        string[] argv =
        [
            "nsenter", "--target", main.ToString(CultureInfo.InvariantCulture), "--mount", "--uts", "--ipc", "--net", "--pid", .. Users(outer), "--preserve-credentials", "--",
            .. outer is null ? Array.Empty<string>() : ["/usr/bin/nsenter", "--user=/proc/1/ns/user", "--preserve-credentials", "--"],
            "/usr/bin/setpriv", "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all", "--",
            .. shell,
        ];
        return new SpawnRequest(HostTool("nsenter"), argv, environment, "", "") { Input = exports, Inherited = outer };
    }

    /// <summary>
    /// Which user namespace comes first. A sandbox with a uid of its own has two, one in the other, and the outer one owns the rest: who is not root
    /// must go there first to be allowed to enter the others, and into the inner one then.
    /// </summary>
    private static string[] Users(SafeFileHandle? outer) =>
        outer is null ? ["--user"] : [string.Create(CultureInfo.InvariantCulture, $"--user=/proc/self/fd/{SpawnRequest.InheritedDescriptor}")];

    private ExecProcess Spawn(SpawnRequest request, string marker, ExecStreams streams)
    {
        var given = new List<SafeFileHandle>();
        try
        {
            (StandardStreams theirs, ExecEnds ours) = Connect(streams, given);
            int pid = ProcessSpawner.Spawn(request with { Streams = theirs });
            return new ExecProcess(pid, marker, ours, processes.WaitAsync(pid));
        }
        catch (Win32Exception failed)
        {
            throw new IOException(failed.Message, failed);
        }
        finally
        {
            // The command has its own copies.
            given.ForEach(g => g.Dispose());
        }
    }

    private static (StandardStreams Theirs, ExecEnds Ours) Connect(ExecStreams streams, List<SafeFileHandle> given)
    {
        if (streams.HasFlag(ExecStreams.Terminal))
        {
            (SafeFileHandle controller, string path) = Descriptors.Terminal();
            return (new StandardStreams(null, null, null, path), new ExecEnds(null, controller, null, IsTerminal: true));
        }

        (SafeFileHandle? Read, SafeFileHandle? Write) input = streams.HasFlag(ExecStreams.Input) ? Descriptors.Pipe() : default;
        (SafeFileHandle? Read, SafeFileHandle? Write) output = streams.HasFlag(ExecStreams.Output) ? Descriptors.Pipe() : default;

        // Without a reader of its own the error stream joins the output, as in a probe.
        (SafeFileHandle? Read, SafeFileHandle? Write) error = streams.HasFlag(ExecStreams.Error) ? Descriptors.Pipe() : default;
        given.AddRange(new[] { input.Read, output.Write, error.Write }.OfType<SafeFileHandle>());
        SafeFileHandle? joined = error.Write ?? (streams == ExecStreams.Output ? output.Write : null);
        return (new StandardStreams(input.Read, output.Write, joined), new ExecEnds(input.Write, output.Read, error.Read, IsTerminal: false));
    }

    /// <summary>Why a program cannot be run, in the words of the runtime; null when it is there.</summary>
    private string? Find(int main, string program, IReadOnlyList<KeyValuePair<string, string>> variables)
    {
        string root = sandbox.HasPidNamespace ? $"/proc/{main}/root" : "";
        const string Failed = "OCI runtime exec failed: exec failed: unable to start container process: exec: ";
        if (program.Contains('/', StringComparison.Ordinal))
        {
            bool present = !program.StartsWith('/') || Path.Exists(root + program);
            return present ? null : $"{Failed}\"{program}\": stat {program}: no such file or directory: unknown";
        }

        string path = variables.FirstOrDefault(v => v.Key == "PATH").Value ?? BubblewrapSandbox.HostPath;
        bool found = path.Split(':', StringSplitOptions.RemoveEmptyEntries).Any(d => IsFile(root, Path.Combine(d, program)));
        return found ? null : $"{Failed}\"{program}\": executable file not found in $PATH: unknown";
    }

    /// <summary>Links are followed inside the container, not on the host.</summary>
    private static bool IsFile(string root, string path)
    {
        const int MaxLinks = 16;
        for (int i = 0; i < MaxLinks; i++)
        {
            if (new FileInfo(root + path).LinkTarget is not { } target)
            {
                return File.Exists(root + path) || (Path.GetDirectoryName(path) is { } parent && new FileInfo(root + parent).LinkTarget is { } link
                    && IsFile(root, Path.Combine(Path.GetFullPath(link, Path.GetDirectoryName(parent) ?? "/"), Path.GetFileName(path))));
            }

            path = Path.GetFullPath(target, Path.GetDirectoryName(path)!);
        }

        return false;
    }

    private static string Exports(IReadOnlyList<KeyValuePair<string, string>> variables)
    {
        var script = new StringBuilder();
        foreach ((string name, string value) in variables.Where(v => IsShellName(v.Key)))
        {
            script.Append("export ").Append(name).Append("='").Append(value.Replace("'", "'\\''", StringComparison.Ordinal)).Append("'\n");
        }

        return script.ToString();
    }

    /// <summary>Names that no shell can export; Kubernetes allows them, hardly anybody has them.</summary>
    private static IEnumerable<string> Odd(IReadOnlyList<KeyValuePair<string, string>> variables)
    {
        List<string> odd = [.. variables.Where(v => !IsShellName(v.Key) && v.Key != ProcFiles.MarkerVariable).Select(v => $"{v.Key}={v.Value}")];
        return odd.Count == 0 ? [] : odd.Prepend("env");
    }

    private static bool IsShellName(string name) =>
        name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') && name != ProcFiles.MarkerVariable;

    private static string HostTool(string name) =>
        BubblewrapSandbox.HostPath.Split(':').Select(d => Path.Combine(d, name)).FirstOrDefault(File.Exists)
        ?? throw new IOException($"commands in sandboxed containers need '{name}' (Debian: util-linux), which is not installed");
}
