using System.Diagnostics;
using Sympozium.Testing;

namespace Sympozium.Benchmarks.Cluster;

/// <summary>The local cluster's API server in a process of its own, without controllers, node and Sympozium: what a kube-apiserver with its etcd is.</summary>
internal sealed class ApiAlone : IAsyncDisposable
{
    private const int SignalTerm = 15;

    private readonly Process _process;

    private ApiAlone(Process process) => _process = process;

    public int Pid => _process.Id;

    /// <summary>Starts it and waits until it serves.</summary>
    public static async Task<ApiAlone> StartAsync(string dataDirectory)
    {
        // Built beside this program.
        string own = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        string program = Path.GetFullPath(Path.Combine(own, "..", "..", "Sympozium.TestCluster", Path.GetFileName(own), "sympozium-test-cluster"));
        Process process = Process.Start(new ProcessStartInfo(program, ["--data", dataDirectory]) { RedirectStandardOutput = true })!;
        string? ready = await process.StandardOutput.ReadLineAsync().WaitAsync(TestTimeouts.WithProcesses);
        return ready is null ? throw new InvalidOperationException($"'{program}' ended before it was ready.") : new ApiAlone(process);
    }

    public async ValueTask DisposeAsync()
    {
        ControlPlaneProcess.Signal(_process.Id, SignalTerm);
        await _process.WaitForExitAsync().WaitAsync(TestTimeouts.WithProcesses);
        _process.Dispose();
    }
}
