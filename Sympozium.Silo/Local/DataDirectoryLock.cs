namespace Sympozium.Silo.Local;

/// <summary>
/// The right to use a data directory, held by an open file with an exclusive lock. The kernel gives it back when the process ends, however
/// it ends, so a killed control plane never leaves a stale lock.
/// </summary>
internal sealed class DataDirectoryLock : IDisposable
{
    private const string FileName = "lock";

    private readonly FileStream _file;

    private DataDirectoryLock(FileStream file)
    {
        _file = file;
    }

    /// <summary>Takes the lock.</summary>
    /// <exception cref="DataDirectoryInUseException">Another process has it.</exception>
    public static DataDirectoryLock Take(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(directory);
        }
        else
        {
            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        string path = Path.Combine(directory, FileName);
        try
        {
            return new DataDirectoryLock(PrivateFiles.Open(path, FileShare.None));
        }
        catch (IOException e)
        {
            throw new DataDirectoryInUseException($"The data directory '{directory}' is used by another control plane; end it with 'sympozium down --data {directory}'.", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}

/// <summary>Another control plane uses the data directory.</summary>
internal sealed class DataDirectoryInUseException(string message, Exception inner) : Exception(message, inner);
