using System.Diagnostics;
using Sympozium.Testing;

namespace Sympozium.TestSilo.Cluster;

/// <summary>A silo in a process of its own.</summary>
public sealed class SiloProcess : IAsyncDisposable
{
    private const int SignalHangUp = 1;
    private const int SignalTerm = 15;
    private const int SignalKill = 9;
    private const int SignalStop = 19;

    private readonly Process _process;
    private readonly Task<string> _errors;

    private SiloProcess(Process process)
    {
        _process = process;
        _errors = process.StandardError.ReadToEndAsync();
    }

    public bool HasExited => _process.HasExited;

    /// <summary>What it has said, once it has ended; null while it runs.</summary>
    public async Task<string?> ReadErrorsAsync() => _process.HasExited ? $"exit code {_process.ExitCode}: {await _errors}" : null;

    /// <summary>Resident memory in bytes.</summary>
    public long Memory
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>Processor time that it has had.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Starts a silo and waits until it serves.</summary>
    public static async Task<SiloProcess> StartAsync(string database, string kubeconfig = "", TimeSpan clockSkew = default)
    {
        SiloProcess silo = Spawn(Options(database, kubeconfig) with { ClockSkew = clockSkew });
        string? line = await silo._process.StandardOutput.ReadLineAsync().WaitAsync(TestTimeouts.WithProcesses);
        return line == "ready" ? silo : throw new InvalidOperationException($"The silo did not start: {await silo._errors}");
    }

    /// <summary>Runs a silo that must refuse to start; returns its exit code and what it said.</summary>
    public static async Task<(int ExitCode, string Errors)> RunToEndAsync(string database, string installation)
    {
        await using SiloProcess silo = Spawn(Options(database, "") with { Installation = installation });
        await silo._process.WaitForExitAsync().WaitAsync(TestTimeouts.WithProcesses);
        return (silo._process.ExitCode, await silo._errors);
    }

    /// <summary>Sets its clock an hour ahead.</summary>
    public void JumpAnHour() => _ = ControlPlaneProcess.Signal(_process.Id, SignalHangUp);

    /// <summary>Has it hang, as a machine does that gets no time: SIGSTOP.</summary>
    public void Halt() => _ = ControlPlaneProcess.Signal(_process.Id, SignalStop);

    /// <summary>kill -9.</summary>
    public Task KillAsync() => EndAsync(SignalKill);

    /// <summary>SIGTERM; returns the exit code.</summary>
    public async Task<int> StopAsync()
    {
        await EndAsync(SignalTerm);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
    }

    private async Task EndAsync(int signal)
    {
        ControlPlaneProcess.Signal(_process.Id, signal);
        await _process.WaitForExitAsync().WaitAsync(TestTimeouts.WithProcesses);
    }

    private static TestSiloOptions Options(string database, string kubeconfig) => new()
    {
        Database = database,
        Kubeconfig = kubeconfig,
        SiloPort = FreePort.Take(),
        ClientPort = FreePort.Take(),
    };

    private static SiloProcess Spawn(TestSiloOptions options)
    {
        // The assembly is beside this one, as any reference is.
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "sympozium-test-silo.dll")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string value) in options.ToEnvironment())
        {
            start.Environment[name] = value;
        }

        return new SiloProcess(Process.Start(start) ?? throw new InvalidOperationException("'dotnet' could not be started."));
    }
}
