using System.Diagnostics;
using Sympozium.LocalCluster.Hosting;
using Sympozium.Testing;

namespace Sympozium.LocalCluster.Tests.Faults;

/// <summary>A local cluster in a process of its own, which can be killed, or given a file system of its own.</summary>
internal sealed class ServedCluster : IDisposable
{
    private readonly Process _process;
    private readonly string _directory;

    private ServedCluster(Process process, string directory, string url)
    {
        _process = process;
        _directory = directory;
        Api = new ApiCaller(url, Path.Combine(Root, "pki"));
    }

    public ApiCaller Api { get; }

    public int Pid => _process.Id;

    /// <summary>The data directory as seen from here, also when it lies in a file system that only the process has.</summary>
    public string Root => $"/proc/{_process.Id}/root{_directory}";

    /// <summary>What the process does: serves until it is killed.</summary>
    public static async Task ServeAsync(string directory)
    {
        LocalClusterOptions options = new() { DataDirectory = directory, Port = 0 };
        await using LocalClusterHost cluster = await LocalClusterHost.StartAsync(options);
        await Console.Out.WriteLineAsync(cluster.Url);
        await Console.Out.FlushAsync();
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System);
    }

    /// <param name="directory">Data directory.</param>
    /// <param name="tmpfs">Size of a memory file system on it, which the process alone has (a mount namespace by unshare); null for none.</param>
    public static async Task<ServedCluster> StartAsync(string directory, string? tmpfs = null)
    {
        string[] command = ["exec", typeof(ServedCluster).Assembly.Location, "serve-until-killed", directory];
        ProcessStartInfo start = new(tmpfs is null ? "dotnet" : "unshare", command) { RedirectStandardOutput = true };
        if (tmpfs is not null)
        {
            start.ArgumentList.Clear();
            foreach (string argument in (string[])["--user", "--map-root-user", "--mount", "sh", "-c", $"mount -t tmpfs -o size={tmpfs} tmpfs \"$0\" && exec dotnet \"$@\"", directory, .. command])
            {
                start.ArgumentList.Add(argument);
            }
        }

        Process process = Process.Start(start)!;
        try
        {
            string url = await process.StandardOutput.ReadLineAsync().WaitAsync(TestTimeouts.WithProcesses)
                ?? throw new InvalidOperationException("The cluster ended before it served; its errors are on stderr.");
            return new ServedCluster(process, directory, url);
        }
        catch
        {
            process.Kill();
            process.Dispose();
            throw;
        }
    }

    /// <summary>Ends it as a power cut does: nothing is written any more.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public void Dispose()
    {
        Api.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
