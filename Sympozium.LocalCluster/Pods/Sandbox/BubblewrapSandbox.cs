using System.Text;
using Sympozium.LocalCluster.Pods.Manifest;
using Sympozium.LocalCluster.Pods.Processes;

namespace Sympozium.LocalCluster.Pods.Sandbox;

/// <summary>
/// Containers in bubblewrap: own mount, pid, ipc, uts and user namespaces, a read-only root made of the host's programs, the
/// user that the pod asks for, without capabilities. bubblewrap's outer process stays and records the exit code, so no helper of ours is needed.
/// </summary>
internal sealed class BubblewrapSandbox(string executable, HostRoot root, bool canDenyEgress) : ISandbox
{
    /// <summary>Where an image's directory appears.</summary>
    public const string ImageMount = "/image";

    public string? Warning => canDenyEgress
        ? null
        : "This machine allows bubblewrap no network namespaces, so labels that deny egress have no effect; everything else is isolated.";

    public bool HasPidNamespace => true;

    public ContainerUser UserOf(PodSpec pod, ContainerSpec container) => ContainerUser.Of(pod, container);

    public SpawnRequest Describe(ContainerLaunch launch)
    {
        // All but the command goes through a descriptor: variables may be secrets, and LD_PRELOAD and its like must
        // not act on bubblewrap itself, which still has the host's files.
        var argv = new List<string>(launch.Command.Count + 4)
        {
            "bwrap", "--args", SpawnRequest.InputDescriptor.ToString(System.Globalization.CultureInfo.InvariantCulture), "--",
        };
        argv.AddRange(launch.Command);
        return new SpawnRequest(executable, argv, [$"{ProcFiles.MarkerVariable}={launch.Marker}"], launch.OutputFile, launch.RecordFile)
        {
            Input = Encoding.UTF8.GetBytes(string.Join('\0', Arguments(launch)) + '\0'),
        };
    }

    private List<string> Arguments(ContainerLaunch launch)
    {
        List<string> arguments =
        [
            "--unshare-user", "--uid", Number(launch.User.Uid), "--gid", Number(launch.User.Gid), "--unshare-pid", "--unshare-ipc", "--unshare-uts",
            "--hostname", launch.Hostname, "--cap-drop", "ALL", "--new-session",
            "--json-status-fd", SpawnRequest.RecordDescriptor.ToString(System.Globalization.CultureInfo.InvariantCulture),
        ];
        if (launch.DenyEgress && canDenyEgress)
        {
            arguments.Add("--unshare-net");
        }

        arguments.AddRange(root.Arguments);
        arguments.AddRange(["--proc", "/proc", "--dev", "/dev", "--perms", "1777", "--tmpfs", "/tmp"]);
        if (launch.ImageDirectory is { } image)
        {
            arguments.AddRange(["--ro-bind", image, ImageMount]);
        }

        // A mount below another one must come after it.
        foreach (ContainerMount mount in launch.Mounts.OrderBy(m => m.Target.Length))
        {
            arguments.AddRange([mount.ReadOnly ? "--ro-bind" : "--bind", mount.Source, mount.Target]);
        }

        arguments.AddRange(["--remount-ro", "/", "--chdir", launch.WorkingDirectory]);
        AddVariables(arguments, launch);
        return arguments;
    }

    private static string Number(long number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private void AddVariables(List<string> arguments, ContainerLaunch launch)
    {
        string path = launch.ImageDirectory is null ? HostPath : $"{ImageMount}:{HostPath}";
        if (root.DotnetRoot is { } dotnet)
        {
            path += ":" + dotnet;
            AddVariable(arguments, "DOTNET_ROOT", dotnet);
        }

        AddVariable(arguments, "PATH", path);
        AddVariable(arguments, "HOME", "/tmp");
        AddVariable(arguments, "HOSTNAME", launch.Hostname);
        foreach ((string name, string value) in launch.Variables)
        {
            AddVariable(arguments, name, value);
        }
    }

    private static void AddVariable(List<string> arguments, string name, string value) => arguments.AddRange(["--setenv", name, value]);

    /// <summary>Where programs are looked for that are not the image's.</summary>
    public const string HostPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
}
