using System.Diagnostics;
using System.Text;
using Sympozium.Testing;

namespace Sympozium.EndToEnd.Tests;

/// <summary>What a verb wrote and how it ended.</summary>
internal sealed record CliResult(int ExitCode, string Out, string Error)
{
    public override string ToString() => $"exit code {ExitCode}\n--- stdout\n{Out}\n--- stderr\n{Error}";
}

/// <summary>The built <c>sympozium</c> command in a process of its own.</summary>
internal sealed class CliProcess : IDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _error = new();
    private readonly Task<string> _out;

    private CliProcess(Process process)
    {
        _process = process;
        _out = process.StandardOutput.ReadToEndAsync();
    }

    public int Pid => _process.Id;

    /// <summary>Starts it. A variable of null is taken away.</summary>
    public static CliProcess Start(string[] arguments, IReadOnlyDictionary<string, string?>? environment = null)
    {
        var start = new ProcessStartInfo(FindExecutable(), arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        start.Environment.Remove("SYMPOZIUM_HOME");
        foreach ((string name, string? value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[name] = value;
        }

        Process process = Process.Start(start) ?? throw new InvalidOperationException($"'{start.FileName}' could not be started.");
        process.StandardInput.Close();
        return new CliProcess(process);
    }

    /// <summary>Runs it to its end.</summary>
    public static async Task<CliResult> RunAsync(params string[] arguments)
    {
        using CliProcess process = Start(arguments);
        return await process.EndAsync();
    }

    /// <summary>Whether a process runs. One that has ended and is not yet collected by its parent, who may be slow, does not.</summary>
    public static bool IsRunning(int pid)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat[stat.LastIndexOf(')') + 2] != 'Z';
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Reads standard error until a line has this text.</summary>
    public async Task WaitForErrorAsync(string text)
    {
        using var limit = new CancellationTokenSource(TestTimeouts.WithProcesses);
        while (await _process.StandardError.ReadLineAsync(limit.Token) is { } line)
        {
            _error.Append(line).Append('\n');
            if (line.Contains(text, StringComparison.Ordinal))
            {
                return;
            }
        }

        throw new InvalidOperationException($"It ended without '{text}':\n{_error}");
    }

    /// <summary>Waits for its end.</summary>
    public async Task<CliResult> EndAsync()
    {
        _error.Append(await _process.StandardError.ReadToEndAsync().WaitAsync(TestTimeouts.WithProcesses));
        await _process.WaitForExitAsync().WaitAsync(TestTimeouts.WithProcesses);
        return new CliResult(_process.ExitCode, await _out, _error.ToString());
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private static string FindExecutable()
    {
        // artifacts/bin/<test project>/<configuration>/ → artifacts/bin/Sympozium.Cli/<configuration>/
        string own = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        return Path.GetFullPath(Path.Combine(own, "..", "..", "Sympozium.Cli", Path.GetFileName(own), "sympozium"));
    }
}

/// <summary>A data directory for control planes that the command starts; whatever still runs there in the end is ended.</summary>
internal sealed class CliData : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public string Path => _directory.Path;

    public string this[string name] => _directory[name];

    /// <summary>Runs a verb on this directory.</summary>
    public Task<CliResult> RunAsync(params string[] arguments) => CliProcess.RunAsync([.. arguments, "--data", Path]);

    public async ValueTask DisposeAsync()
    {
        await RunAsync("down", "--force");
        _directory.Dispose();
    }
}
