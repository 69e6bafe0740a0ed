using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Sympozium.LocalCluster.Pods.Logs;

namespace Sympozium.LocalCluster.Pods;

/// <summary>Where everything of local pods lies on disk.</summary>
internal sealed class PodPaths
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const int OwnerHexDigits = 16;

    private readonly string _memory;

    public PodPaths(LocalPodOptions options)
    {
        string data = Path.GetFullPath(options.DataDirectory);
        Pods = Path.Combine(data, "pods");
        Claims = Path.Combine(data, "volumes");
        Owner = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(data)))[..OwnerHexDigits];
        CreatePrivate(Pods);
        CreatePrivate(Claims);
        _memory = FindMemory(options.MemoryDirectory) ?? Path.Combine(data, "pods", ".memory");
    }

    /// <summary>Identifies this control plane in the markers of its processes.</summary>
    public string Owner { get; }

    public string Pods { get; }

    public string Claims { get; }

    /// <summary>The part of the memory file system that is ours.</summary>
    public string Memory => _memory;

    /// <summary>Files that all sandboxes share.</summary>
    public string Shared => Path.Combine(Pods, ".shared");

    public string Pod(string uid) => Path.Combine(Pods, uid);

    public string State(string uid) => Path.Combine(Pod(uid), "state.json");

    public string Volume(string uid, string volume, bool inMemory) =>
        inMemory ? Path.Combine(Memory, uid, volume) : Path.Combine(Pod(uid), "volumes", volume);

    public string Logs(string uid, string container) => Path.Combine(Pod(uid), "logs", container);

    public string Log(string uid, string container, int restart) => Path.Combine(Logs(uid, container), Number(restart) + ".log");

    public string Record(string uid, string container, int restart) => Path.Combine(Pod(uid), "records", $"{container}-{Number(restart)}.json");

    /// <summary>The file behind a container's terminationMessagePath.</summary>
    public string Message(string uid, string container, int restart) => Path.Combine(Pod(uid), "messages", $"{container}-{Number(restart)}");

    public string Scratch(string uid, string container) => Path.Combine(Pod(uid), "scratch", container);

    public string Claim(string ns, string claim) => Path.Combine(Claims, ns, claim);

    /// <summary>Marker of one container's processes.</summary>
    public string Marker(string uid, string container, int restart) => $"{Owner}/{uid}/{container}/{Number(restart)}";

    /// <summary>Creates a directory that only the control plane's user may enter.</summary>
    public static void CreatePrivate(string path) => Directory.CreateDirectory(path, OwnerOnly);

    /// <summary>Removes the files of one life of a container.</summary>
    public void RemoveLife(string uid, string container, int restart)
    {
        File.Delete(Log(uid, container, restart));
        File.Delete(LogTimes.PathOf(Log(uid, container, restart)));
        File.Delete(Record(uid, container, restart));
        File.Delete(Message(uid, container, restart));
    }

    /// <summary>Removes all that is left of a pod.</summary>
    public void Remove(string uid)
    {
        foreach (string directory in new[] { Pod(uid), Path.Combine(Memory, uid) })
        {
            if (Directory.Exists(directory))
            {
                Directory.Delete(directory, recursive: true);
            }
        }
    }

    private string? FindMemory(string directory)
    {
        try
        {
            string own = Path.Combine(directory, "sympozium-" + Owner);
            if (!Directory.Exists(directory))
            {
                return null;
            }

            CreatePrivate(own);
            return own;
        }
        catch (Exception unusable) when (unusable is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
