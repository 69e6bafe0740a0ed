using Sympozium.LocalCluster.Pods.Sandbox;

namespace Sympozium.LocalCluster.Pods.Lifecycle;

/// <summary>Finds out before a container is started that its program is not there, and says so in the words of a container runtime.</summary>
internal static class CommandLookup
{
    private const string Prefix =
        "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: "
        + "error during container init: ";

    /// <summary>Why the container cannot be started; null when its program is there, or may be: only what is certainly missing is told.</summary>
    public static string? WhyMissing(ContainerLaunch launch)
    {
        string program = launch.Command[0];
        if (program.Contains('/', StringComparison.Ordinal))
        {
            string path = Path.GetFullPath(program, launch.WorkingDirectory);
            return Exists(path, launch) ? null : Missing($"exec: \"{program}\": stat {program}: no such file or directory");
        }

        string search = launch.Variables.GetValueOrDefault("PATH") ?? (launch.ImageDirectory is null ? "" : BubblewrapSandbox.ImageMount + ":") + BubblewrapSandbox.HostPath;
        return search.Split(':', StringSplitOptions.RemoveEmptyEntries).Any(folder => Exists(Path.Combine(folder, program), launch)) || program == "dotnet"
            ? null
            : Missing($"exec: \"{program}\": executable file not found in $PATH");
    }

    /// <summary>What a runtime says of a program that the sandbox could not run.</summary>
    /// <param name="complaint">Its complaint, such as <c>bwrap: execvp /no/such: No such file or directory</c>.</param>
    public static string? OfSandbox(string? complaint)
    {
        const string Start = "bwrap: execvp ";
        if (complaint is null || !complaint.StartsWith(Start, StringComparison.Ordinal))
        {
            return complaint;
        }

        string[] parts = complaint[Start.Length..].Split(": ", 2);
        return Missing($"exec: \"{parts[0]}\": {(parts.Length > 1 ? char.ToLowerInvariant(parts[1][0]) + parts[1][1..] : "cannot be executed")}");
    }

    private static string Missing(string why) => $"{Prefix}{why}: unknown";

    /// <summary>Whether a path of the container may lead to something: by its mounts, else by what it sees of this machine.</summary>
    private static bool Exists(string path, ContainerLaunch launch)
    {
        foreach (ContainerMount mount in launch.Mounts.OrderByDescending(m => m.Target.Length))
        {
            if (path.StartsWith(mount.Target.TrimEnd('/') + "/", StringComparison.Ordinal))
            {
                return Path.Exists(mount.Source + path[mount.Target.TrimEnd('/').Length..]);
            }
        }

        return launch.ImageDirectory is { } image && path.StartsWith(BubblewrapSandbox.ImageMount + "/", StringComparison.Ordinal)
            ? Path.Exists(image + path[BubblewrapSandbox.ImageMount.Length..])
            : Path.Exists(path);
    }
}
