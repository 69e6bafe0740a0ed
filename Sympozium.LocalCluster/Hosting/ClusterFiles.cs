using System.Text;

namespace Sympozium.LocalCluster.Hosting;

/// <summary>The files of a data directory.</summary>
internal sealed class ClusterFiles
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public ClusterFiles(string directory)
    {
        if (string.IsNullOrWhiteSpace(directory))
        {
            throw new ArgumentException("The local cluster needs a data directory; set LocalClusterOptions.DataDirectory.", nameof(directory));
        }

        Root = Path.GetFullPath(directory);
        Pki = Path.Combine(Root, "pki");
        MakeDirectory(Root);
        MakeDirectory(Pki);
    }

    public string Root { get; }

    public string Pki { get; }

    public string Database => Path.Combine(Root, "cluster.db");

    public string Kubeconfig => Path.Combine(Root, "kubeconfig");

    /// <summary>Signs the tokens of ServiceAccounts.</summary>
    public string TokenKey => Path.Combine(Pki, "sa.key");

    public string Token => Path.Combine(Pki, "token");

    /// <summary>Writes a whole file that only its owner may read; a reader sees the old one or the new one, never a part.</summary>
    public static void WriteSecret(string path, string text)
    {
        string temporary = path + ".new";
        FileStreamOptions options = new() { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        using (FileStream file = new(temporary, options))
        {
            file.Write(Encoding.UTF8.GetBytes(text));
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }

    private static void MakeDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, OwnerOnly | UnixFileMode.UserExecute);
        }
    }
}
