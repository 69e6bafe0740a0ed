using Sympozium.LocalCluster.Pods.Manifest;
using Sympozium.LocalCluster.Pods.Processes;

namespace Sympozium.LocalCluster.Pods.Volumes;

/// <summary>Checks what a hostPath volume names against its type, as the kubelet does before it mounts.</summary>
internal static class HostPaths
{
    /// <summary>The path, created where the type says so.</summary>
    public static string Check(HostPathSource source)
    {
        string path = source.Path;
        if (!Path.IsPathFullyQualified(path))
        {
            throw new PodConfigException(PodConfigException.Creating, $"hostPath '{path}' is not absolute");
        }

        if (source.Type == "DirectoryOrCreate")
        {
            Directory.CreateDirectory(path);
        }
        else if (source.Type == "FileOrCreate" && !File.Exists(path))
        {
            File.WriteAllBytes(path, []);
        }

        bool fits = source.Type switch
        {
            "" => Path.Exists(path),
            "Directory" or "DirectoryOrCreate" => Directory.Exists(path),
            "File" or "FileOrCreate" => File.Exists(path) && !IsSocket(path),
            "Socket" => IsSocket(path),
            _ => Path.Exists(path),
        };
        return fits ? path : throw new PodConfigException(
            PodConfigException.Creating, $"hostPath type check failed: {path} is not a {(source.Type.Length == 0 ? "path on this host" : source.Type.ToLowerInvariant())}");
    }

    private static bool IsSocket(string path) => Native.FileType(path) == Native.SocketType;
}
