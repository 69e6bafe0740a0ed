using System.Diagnostics;
using System.Globalization;
using Sympozium.Testing;

namespace Sympozium.TestSilo.Cluster;

/// <summary>A silo or a gateway of the product in a process of its own; it can be killed, stopped and started again with the same ports.</summary>
public sealed class ControlPlanePart : IAsyncDisposable
{
    private const int SignalTerm = 15;
    private const int SignalKill = 9;

    private readonly TemporaryDirectory _directory = new();
    private readonly string[] _arguments;
    private readonly IReadOnlyDictionary<string, string> _environment;
    private Process _process;

    private ControlPlanePart(string[] arguments, IReadOnlyDictionary<string, string> environment)
    {
        _environment = environment;
        int health = FreePort.Take();
        _arguments = [.. arguments, "--health-port", health.ToString(CultureInfo.InvariantCulture)];
        Health = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{health.ToString(CultureInfo.InvariantCulture)}/"), Timeout = TestTimeouts.InProcess };
        _process = Spawn();
    }

    /// <summary>Client of <c>/healthz</c> and <c>/readyz</c>.</summary>
    public HttpClient Health { get; }

    /// <summary>Everything it has logged, over all its lives.</summary>
    public string Log => File.Exists(_directory["log"]) ? File.ReadAllText(_directory["log"]) : "";

    /// <summary>Whether it has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>Resident memory in bytes.</summary>
    public long Memory
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>Starts <c>sympozium-silo</c> with these arguments and returns at once.</summary>
    public static ControlPlanePart Start(string[] arguments, IReadOnlyDictionary<string, string> environment) => new(arguments, environment);

    /// <summary>Waits until <c>/readyz</c> answers as wanted: by default, that it is of use.</summary>
    public async Task<string> ReadyAsync(Func<bool, string, bool>? wanted = null)
    {
        wanted ??= static (ready, _) => ready;
        using var deadline = new CancellationTokenSource(TestTimeouts.WithProcesses);
        (bool Ready, string Text) answer = (false, "(no answer)");
        try
        {
            while (!wanted(answer.Ready, answer.Text))
            {
                if (_process.HasExited)
                {
                    throw new InvalidOperationException($"'{_arguments[0]}' ended with exit code {_process.ExitCode}:\n{Log}");
                }

                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, deadline.Token);
                answer = await AskAsync(deadline.Token);
            }

            return answer.Text;
        }
        catch (OperationCanceledException e)
        {
            throw new TimeoutException($"/readyz of '{_arguments[0]}' did not become as wanted. Last: {answer.Text}\n{Log}", e);
        }
    }

    /// <summary>kill -9.</summary>
    public Task KillAsync() => EndAsync(SignalKill);

    /// <summary>SIGTERM; returns the exit code.</summary>
    public async Task<int> StopAsync()
    {
        await EndAsync(SignalTerm);
        return _process.ExitCode;
    }

    /// <summary>Waits for an end by itself; returns the exit code.</summary>
    public async Task<int> EndedAsync()
    {
        await ExitAsync();
        return _process.ExitCode;
    }

    /// <summary>Starts it again after its end.</summary>
    public void StartAgain()
    {
        _process.Dispose();
        _process = Spawn();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        Health.Dispose();
        _process.Dispose();
        _directory.Dispose();
    }

    private async Task EndAsync(int signal)
    {
        _ = ControlPlaneProcess.Signal(_process.Id, signal);
        await ExitAsync();
    }

    private async Task ExitAsync()
    {
        try
        {
            await _process.WaitForExitAsync().WaitAsync(TestTimeouts.WithProcesses);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"'{_arguments[0]}' did not end:\n{Log}", e);
        }
    }

    private async Task<(bool Ready, string Text)> AskAsync(CancellationToken cancellationToken)
    {
        try
        {
            using HttpResponseMessage response = await Health.GetAsync(new Uri("readyz", UriKind.Relative), cancellationToken);
            return (response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(cancellationToken));
        }
        catch (HttpRequestException)
        {
            return (false, "(no answer)");
        }
    }

    private Process Spawn()
    {
        // The shell redirects and is replaced, so the pid is the program's.
        string[] command = ["-c", "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1 </dev/null", "sh", _directory["log"], ControlPlaneProcess.Executable, .. _arguments];
        var start = new ProcessStartInfo("/bin/sh", command) { UseShellExecute = false };
        start.Environment.Remove("KUBECONFIG");
        foreach ((string name, string value) in _environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start) ?? throw new InvalidOperationException($"'{ControlPlaneProcess.Executable}' could not be started.");
    }
}
