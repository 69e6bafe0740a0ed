using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Client;

namespace Sympozium.Testing;

/// <summary>A real control plane in a process of its own, on free ports and a data directory of the caller's.</summary>
public sealed partial class ControlPlaneProcess : IAsyncDisposable
{
    private const int SignalTerm = 15;
    private const int SignalKill = 9;

    private readonly Process _process;
    private readonly string _log;

    private ControlPlaneProcess(Process process, string log, JsonObject status)
    {
        _process = process;
        _log = log;
        Status = status;
        Client = new KubernetesClient(Kubeconfig.Load(KubeconfigPath).Connect(null, TimeProvider.System), new KubernetesClientOptions(), TimeProvider.System);
        Gateway = new HttpClient { BaseAddress = new Uri((string)status["gateway"]! + "/"), Timeout = TestTimeouts.WithProcesses };
        Gateway.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
    }

    /// <summary>Content of status.json.</summary>
    public JsonObject Status { get; }

    public int Pid => _process.Id;

    public string KubeconfigPath => (string)Status["kubeconfig"]!;

    /// <summary>Bearer token of the gateway.</summary>
    public string Token => File.ReadAllText((string)Status["tokenFile"]!).Trim();

    /// <summary>Client of its Kubernetes API, over HTTPS.</summary>
    public KubernetesClient Client { get; }

    /// <summary>Client of its gateway, with the token.</summary>
    public HttpClient Gateway { get; }

    /// <summary>Everything it has logged so far.</summary>
    public string Log => File.Exists(_log) ? File.ReadAllText(_log) : "";

    /// <summary>The built executable.</summary>
    public static string Executable { get; } = FindExecutable();

    /// <summary>Starts a control plane and waits until it is ready. <paramref name="environment"/> adds variables.</summary>
    public static async Task<ControlPlaneProcess> StartAsync(
        string dataDirectory, IReadOnlyDictionary<string, string>? environment = null, int gatewayPort = 0, int kubePort = 0)
    {
        Directory.CreateDirectory(dataDirectory);
        string log = Path.Combine(dataDirectory, "control-plane.log");
        Process process = Spawn(dataDirectory, log, environment, gatewayPort, kubePort);
        string statusFile = Path.Combine(dataDirectory, "status.json");
        using var deadline = new CancellationTokenSource(TestTimeouts.WithProcesses);
        while (true)
        {
            if (process.HasExited)
            {
                throw new InvalidOperationException($"The control plane ended with exit code {process.ExitCode} before it was ready:\n{await File.ReadAllTextAsync(log, deadline.Token)}");
            }

            if (File.Exists(statusFile) && JsonNode.Parse(await File.ReadAllTextAsync(statusFile, deadline.Token)) is JsonObject status
                && (int)status["pid"]! == process.Id)
            {
                return new ControlPlaneProcess(process, log, status);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, deadline.Token);
        }
    }

    /// <summary>Runs it until it ends by itself; for starts that must fail.</summary>
    public static async Task<(int ExitCode, string Log)> RunToEndAsync(string dataDirectory, int gatewayPort = 0, int kubePort = 0)
    {
        using var logDirectory = new TemporaryDirectory();
        using Process process = Spawn(dataDirectory, logDirectory["log"], null, gatewayPort, kubePort);
        await process.WaitForExitAsync().WaitAsync(TestTimeouts.WithProcesses);
        return (process.ExitCode, await File.ReadAllTextAsync(logDirectory["log"]));
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        Signal(_process.Id, SignalKill);
        await _process.WaitForExitAsync().WaitAsync(TestTimeouts.InProcess);
    }

    /// <summary>SIGTERM; returns the exit code.</summary>
    public async Task<int> StopAsync()
    {
        Signal(_process.Id, SignalTerm);
        await _process.WaitForExitAsync().WaitAsync(TestTimeouts.WithProcesses);
        return _process.ExitCode;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        Gateway.Dispose();
        if (!_process.HasExited)
        {
            await StopAsync();
        }

        _process.Dispose();
    }

    /// <summary>Sends a signal to a process.</summary>
    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Signal(int pid, int signal);

    private static Process Spawn(string dataDirectory, string log, IReadOnlyDictionary<string, string>? environment, int gatewayPort, int kubePort)
    {
        // The shell redirects and is replaced, so the pid is the control plane's and no pump in this process can lose output.
        var start = new ProcessStartInfo("/bin/sh") { UseShellExecute = false };
        string[] arguments =
        [
            "-c", "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1 </dev/null", "sh", log, Executable, "local", "--data", dataDirectory,
            "--gateway-port", gatewayPort.ToString(CultureInfo.InvariantCulture), "--kube-port", kubePort.ToString(CultureInfo.InvariantCulture),
        ];
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return Process.Start(start) ?? throw new InvalidOperationException($"'{Executable}' could not be started.");
    }

    private static string FindExecutable()
    {
        // artifacts/bin/<test project>/<configuration>/ → artifacts/bin/Sympozium.Silo/<configuration>/
        string own = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        string path = Path.GetFullPath(Path.Combine(own, "..", "..", "Sympozium.Silo", Path.GetFileName(own), "sympozium-silo"));
        return File.Exists(path) ? path : throw new FileNotFoundException($"'{path}' is missing; build Sympozium.sln first.");
    }
}
