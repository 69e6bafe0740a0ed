using Sympozium.Abstractions.Ipc;
using Sympozium.LocalCluster.Pods.Manifest;
using Sympozium.LocalCluster.Pods.Processes;

namespace Sympozium.LocalCluster.Pods.Sandbox;

/// <summary>
/// Containers as plain processes, for machines where bubblewrap cannot run. Nothing is isolated. Mount paths exist only in words:
/// a variable or argument that is a mount path, or lies below one, names the real directory instead.
/// </summary>
internal sealed class PlainSandbox(string reason, HostRoot root) : ISandbox
{
    /// <summary>
    /// Records its own pid, runs the command with the log as stderr, records the exit code. stderr of the shell itself is
    /// closed, because it would comment on signals there.
    /// </summary>
    private const string Script =
        """
        printf '{"child-pid":%d}\n' $$ >&3; cd "$0" || { printf '{"exit-code":128}\n' >&3; exit 128; }; exec 4>&2 2>/dev/null; "$@" 2>&4 3>&- 4>&-; printf '{"exit-code":%d}\n' $? >&3
        """;

    /// <summary>How an address names a socket file, such as the gateway's.</summary>
    private const string SocketScheme = "unix://";

    private static readonly (string Mount, string Variable)[] Roots =
    [
        (IpcPaths.DefaultRoot, PodEnvironment.IpcRoot),
        ("/workspace", PodEnvironment.WorkspaceRoot),
        ("/skills", PodEnvironment.SkillsRoot),
        (PodEnvironment.InputMount, PodEnvironment.InputDirectory),
    ];

    public string? Warning { get; } =
        $"Agents and other pods run as plain processes of the control plane's user, because {reason}. Not isolated: the host's files, its processes, its network (labels that deny egress have no effect) "
        + "and the user's rights; mount paths exist as environment variables only. Install bubblewrap and allow unprivileged user namespaces to change that.";

    public bool HasPidNamespace => false;

    public ContainerUser UserOf(PodSpec pod, ContainerSpec container) => new(Native.EffectiveUser(), Native.EffectiveGroup());

    public SpawnRequest Describe(ContainerLaunch launch)
    {
        string temp = Path.Combine(launch.ScratchDirectory, "tmp");
        Directory.CreateDirectory(temp);
        var variables = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["PATH"] = launch.ImageDirectory is { } image ? $"{image}:{BubblewrapSandbox.HostPath}" : BubblewrapSandbox.HostPath,
            ["HOME"] = temp,
            ["TMPDIR"] = temp,
            ["HOSTNAME"] = launch.Hostname,
        };
        if (root.DotnetRoot is { } dotnet)
        {
            variables["DOTNET_ROOT"] = dotnet;
            variables["PATH"] += ":" + dotnet;
        }

        foreach ((string mount, string variable) in Roots)
        {
            if (launch.Mounts.FirstOrDefault(m => m.Target == mount) is { } found)
            {
                variables[variable] = found.Source;
            }
        }

        foreach ((string name, string value) in launch.Variables)
        {
            variables[name] = Translate(value, launch.Mounts);
        }

        variables[ProcFiles.MarkerVariable] = launch.Marker;
        string workingDirectory = Translate(launch.WorkingDirectory, launch.Mounts);
        string[] argv = ["sh", "-c", Script, workingDirectory, .. launch.Command.Select(a => Translate(a, launch.Mounts))];
        return new SpawnRequest("/bin/sh", argv, [.. variables.Select(v => $"{v.Key}={v.Value}")], launch.OutputFile, launch.RecordFile);
    }

    /// <summary>A text that is a mount path or lies below one, as it is or behind <c>unix://</c>, with the real directory in its place.</summary>
    internal static string Translate(string text, IEnumerable<ContainerMount> mounts)
    {
        if (text.StartsWith(SocketScheme, StringComparison.Ordinal))
        {
            return SocketScheme + Translate(text[SocketScheme.Length..], mounts);
        }

        foreach (ContainerMount mount in mounts.OrderByDescending(m => m.Target.Length))
        {
            if (text == mount.Target || text.StartsWith(mount.Target + "/", StringComparison.Ordinal))
            {
                return mount.Source + text[mount.Target.Length..];
            }
        }

        return text;
    }
}
