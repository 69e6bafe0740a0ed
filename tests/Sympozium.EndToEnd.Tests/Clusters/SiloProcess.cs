using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Sympozium.EndToEnd.Tests.LiveCluster;
using Sympozium.Testing;

namespace Sympozium.EndToEnd.Tests.Clusters;

/// <summary><c>sympozium-silo silo</c> in a process of its own, beside a cluster that a kubeconfig names.</summary>
internal sealed class SiloProcess : ILiveControlPlane
{
    private const int SignalTerm = 15;
    private const int SignalKill = 9;
    private const int SignalStop = 19;
    private const int SignalContinue = 18;

    private readonly TemporaryDirectory _directory = new();
    private readonly Process _process;
    private readonly int _healthPort;

    private SiloProcess(string kubeconfig, string runnerImage, string gatewayHost, IReadOnlyDictionary<string, string>? environment, string? identity)
    {
        (int gatewayPort, _healthPort) = (FreePort.Take(), FreePort.Take());
        GatewayUrl = $"http://{gatewayHost}:{gatewayPort.ToString(CultureInfo.InvariantCulture)}";
        string[] arguments =
        [
            "-c", "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1 </dev/null", "sh", _directory["log"], ControlPlaneProcess.Executable, "silo",
            "--profile", "small", "--kubeconfig", kubeconfig, "--data", _directory["data"],
            "--gateway-address", gatewayHost == "127.0.0.1" ? "127.0.0.1" : "0.0.0.0", "--gateway-port", gatewayPort.ToString(CultureInfo.InvariantCulture),
            "--gateway-url", GatewayUrl, "--health-port", _healthPort.ToString(CultureInfo.InvariantCulture), "--runner-image", runnerImage,
            .. identity is null ? (string[])[] : ["--identity", identity],
        ];
        var start = new ProcessStartInfo("/bin/sh", arguments) { UseShellExecute = false };
        start.Environment.Remove("KUBECONFIG");
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start)!;
        Health = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{_healthPort.ToString(CultureInfo.InvariantCulture)}/"), Timeout = TestTimeouts.InProcess };
        Gateway = new HttpClient { BaseAddress = new Uri(GatewayUrl + "/"), Timeout = TestTimeouts.WithProcesses };
    }

    public string GatewayUrl { get; }

    public HttpClient Health { get; }

    /// <summary>The gateway; has the token once the silo leads.</summary>
    public HttpClient Gateway { get; }

    /// <summary>Bearer token of its gateway, once it leads.</summary>
    public string Token { get; private set; } = "";

    public string Log => File.Exists(_directory["log"]) ? File.ReadAllText(_directory["log"]) : "";

    /// <summary>Starts it and returns at once. <paramref name="identity"/> is its name among those that may lead.</summary>
    public static SiloProcess Start(
        string kubeconfig, string runnerImage = RemoteCluster.RunnerImage, string gatewayHost = "127.0.0.1", IReadOnlyDictionary<string, string>? environment = null, string? identity = null) =>
        new(kubeconfig, runnerImage, gatewayHost, environment, identity);

    /// <summary>Starts it and waits until it works.</summary>
    public static async Task<SiloProcess> StartReadyAsync(
        string kubeconfig, string runnerImage = RemoteCluster.RunnerImage, string gatewayHost = "127.0.0.1", IReadOnlyDictionary<string, string>? environment = null)
    {
        SiloProcess silo = Start(kubeconfig, runnerImage, gatewayHost, environment);
        try
        {
            await silo.WaitForReadinessAsync(answer => answer == "ok");
            return silo;
        }
        catch
        {
            await silo.DisposeAsync();
            throw;
        }
    }

    /// <summary>Asks <c>/readyz</c> until the answer is as wanted, and returns it.</summary>
    public async Task<string> WaitForReadinessAsync(Func<string, bool> wanted, TimeSpan? patience = null)
    {
        using var deadline = new CancellationTokenSource(patience ?? TestTimeouts.WithProcesses);
        string answer = "(none)";
        try
        {
            while (!wanted(answer))
            {
                if (_process.HasExited)
                {
                    throw new InvalidOperationException($"The silo ended with exit code {_process.ExitCode}:\n{Log}");
                }

                try
                {
                    using HttpResponseMessage response = await Health.GetAsync(new Uri("readyz", UriKind.Relative), deadline.Token);
                    answer = await response.Content.ReadAsStringAsync(deadline.Token);
                }
                catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !deadline.IsCancellationRequested))
                {
                    answer = "(no answer)";
                }

                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, deadline.Token);
            }
        }
        catch (OperationCanceledException e)
        {
            throw new TimeoutException($"/readyz did not become as wanted. Last: {answer}\n{Log}", e);
        }

        if (File.Exists(_directory["data/status.json"]))
        {
            JsonNode status = JsonNode.Parse(await File.ReadAllTextAsync(_directory["data/status.json"], deadline.Token))!;
            string token = (await File.ReadAllTextAsync((string)status["tokenFile"]!, deadline.Token)).Trim();
            Token = token;
            Gateway.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        return answer;
    }

    /// <summary>Waits for its end; returns exit code and log.</summary>
    public async Task<(int ExitCode, string Log)> EndAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(TestTimeouts.WithProcesses);
        return (_process.ExitCode, Log);
    }

    /// <summary>Halts it where it is, in the middle of whatever it does.</summary>
    public void Halt() => _ = ControlPlaneProcess.Signal(_process.Id, SignalStop);

    /// <summary>Lets it go on after <see cref="Halt"/>.</summary>
    public void Resume() => _ = ControlPlaneProcess.Signal(_process.Id, SignalContinue);

    public async Task KillAsync()
    {
        _ = ControlPlaneProcess.Signal(_process.Id, SignalKill);
        await _process.WaitForExitAsync().WaitAsync(TestTimeouts.InProcess);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _ = ControlPlaneProcess.Signal(_process.Id, SignalTerm);
            await _process.WaitForExitAsync().WaitAsync(TestTimeouts.WithProcesses);
        }

        Health.Dispose();
        Gateway.Dispose();
        _process.Dispose();
        _directory.Dispose();
    }
}
