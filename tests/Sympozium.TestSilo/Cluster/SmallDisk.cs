using System.Diagnostics;
using Sympozium.Testing;

namespace Sympozium.TestSilo.Cluster;

/// <summary>A file system of a few MiB that can be filled up. Needs root.</summary>
public sealed class SmallDisk : IDisposable
{
    private const int Size = 24 * 1024 * 1024;

    private readonly TemporaryDirectory _directory = new();

    /// <summary>Mounts it.</summary>
    public SmallDisk()
    {
        Directory.CreateDirectory(Path);
        Run("mount", "-t", "tmpfs", "-o", $"size={Size}", "tmpfs", Path);
    }

    /// <summary>Where it is mounted.</summary>
    public string Path => _directory["disk"];

    /// <summary>Leaves no byte free.</summary>
    public void Fill()
    {
        byte[] block = new byte[4096];
        using var file = new FileStream(System.IO.Path.Combine(Path, "filler"), FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            while (true)
            {
                file.Write(block);
            }
        }
        catch (IOException)
        {
            // Full, as wanted.
            return;
        }
    }

    /// <summary>Gives the room back.</summary>
    public void Free() => File.Delete(System.IO.Path.Combine(Path, "filler"));

    /// <inheritdoc/>
    public void Dispose()
    {
        Run("umount", Path);
        _directory.Dispose();
    }

    private static void Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(program, arguments);
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"'{program} {string.Join(' ', arguments)}' ended with exit code {process.ExitCode}.");
        }
    }
}
