namespace Sympozium.Silo.Local;

/// <summary>
/// Keeps what a data directory holds to its owner. The directory may have existed before and let others in, so each file that can hold a
/// Secret is closed by itself.
/// </summary>
internal static class PrivateFiles
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Files that are made before their owner opens them. SQLite gives its -wal, -shm and -journal files the mode of the database.</summary>
    private static readonly string[] Databases = ["cluster.db", "grains.db"];

    /// <summary>Makes the databases with mode 0600 and takes everybody else's rights from files that are there already.</summary>
    public static void Close(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        foreach (string database in Databases)
        {
            Open(Path.Combine(directory, database), FileShare.ReadWrite | FileShare.Delete).Dispose();
        }

        foreach (string file in Directory.EnumerateFiles(directory).Where(IsClosed))
        {
            File.SetUnixFileMode(file, OwnerOnly);
        }
    }

    /// <summary>Opens a file, made with mode 0600 when it is missing.</summary>
    public static FileStream Open(string path, FileShare share)
    {
        FileStreamOptions options = new() { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = share, BufferSize = 1 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        return new FileStream(path, options);
    }

    // Only files of the control plane: somebody else's file in this directory is none of its business.
    private static bool IsClosed(string path)
    {
        string name = Path.GetFileName(path);
        return name is "lock" or "token" or "kubeconfig" || name.EndsWith(".log", StringComparison.Ordinal)
            || Databases.Any(database => name.StartsWith(database, StringComparison.Ordinal));
    }
}
