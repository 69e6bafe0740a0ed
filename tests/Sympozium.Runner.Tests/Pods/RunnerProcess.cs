using System.Diagnostics;
using System.Text;

namespace Sympozium.Runner.Tests.Pods;

/// <summary>A real process of the built runner.</summary>
internal sealed class RunnerProcess : IDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _log = new();

    private RunnerProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += Add;
        process.ErrorDataReceived += Add;
    }

    /// <summary>What it has logged, as far as it was read: a line may come later than another effect of the process.</summary>
    public string Log
    {
        get
        {
            lock (_log)
            {
                return _log.ToString();
            }
        }
    }

    public static string Executable => Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "runner", "sympozium-runner"));

    public static RunnerProcess Start(string arguments, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(Executable, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        var runner = new RunnerProcess(new Process { StartInfo = start });
        runner._process.Start();
        runner._process.BeginOutputReadLine();
        runner._process.BeginErrorReadLine();
        return runner;
    }

    public async Task<int> ExitAsync()
    {
        using var limit = new CancellationTokenSource(TestTimes.Limit);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"The runner did not exit within {TestTimes.Limit}. Its log:\n{Log}");
        }

        return _process.ExitCode;
    }

    /// <summary>Waits for something in its log.</summary>
    public Task LogsAsync(string text) => TestTimes.UntilAsync(() => Log.Contains(text, StringComparison.Ordinal), () => $"Not logged: '{text}'. The log:\n{Log}");

    public async Task SignalAsync(string signal)
    {
        using Process kill = Process.Start("kill", [$"-{signal}", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);

            // It may be in the middle of making a file below the directory that is removed next.
            _process.WaitForExit(TestTimes.Limit);
        }

        _process.Dispose();
    }

    private void Add(object sender, DataReceivedEventArgs line)
    {
        lock (_log)
        {
            _log.AppendLine(line.Data);
        }
    }
}
