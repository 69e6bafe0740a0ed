using System.Diagnostics;

namespace Sympozium.Testing;

/// <summary>What a command said and how it ended.</summary>
public sealed record KubectlResult(int ExitCode, string Output, string Errors)
{
    /// <summary>The output, when the command succeeded; what went wrong otherwise.</summary>
    public string Success => ExitCode == 0 ? Output : throw new InvalidOperationException($"kubectl ended with {ExitCode}: {Errors}{Output}");

    /// <summary>The lines of a table with one space between its columns.</summary>
    public IReadOnlyList<string> Rows =>
        [.. Success.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)))];
}

/// <summary>Runs the real kubectl against one cluster.</summary>
public sealed class Kubectl(string kubeconfig, string executable = Kubectl.DefaultExecutable)
{
    /// <summary>Looked up in PATH.</summary>
    public const string DefaultExecutable = "kubectl";

    /// <summary>Why tests with kubectl are skipped here; null when they can run.</summary>
    public static string? Missing { get; } =
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(directory => File.Exists(Path.Combine(directory, DefaultExecutable)))
            ? null
            : $"'{DefaultExecutable}' is not installed";

    /// <summary>Where it runs; null for the tests' own directory.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>Further environment variables; null removes one.</summary>
    public IReadOnlyDictionary<string, string?> Variables { get; init; } = new Dictionary<string, string?>();

    /// <summary>After how long a command is given up.</summary>
    public TimeSpan Limit { get; init; } = TestTimeouts.WithProcesses;

    public Task<KubectlResult> RunAsync(params string[] arguments) => RunAsync(null, arguments);

    /// <summary>Runs a command with a manifest on its standard input (<c>-f -</c>).</summary>
    public async Task<KubectlResult> RunAsync(string? input, string[] arguments)
    {
        using Process process = Start(input is not null, arguments);
        using CancellationTokenSource limit = new(Limit);
        Task<string> output = process.StandardOutput.ReadToEndAsync(limit.Token);
        Task<string> errors = process.StandardError.ReadToEndAsync(limit.Token);
        if (input is not null)
        {
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
        }

        try
        {
            await process.WaitForExitAsync(limit.Token);
            return new KubectlResult(process.ExitCode, await output, await errors);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw new TimeoutException($"kubectl {string.Join(' ', arguments)} did not end within {Limit}.");
        }
    }

    /// <summary>Starts a command that goes on, such as <c>get -w</c>; the caller reads its output and kills it.</summary>
    public Process Start(params string[] arguments) => Start(false, arguments);

    private Process Start(bool hasInput, string[] arguments)
    {
        ProcessStartInfo start = new(executable)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = hasInput,
            WorkingDirectory = WorkingDirectory ?? "",
            // kubectl keeps discovery documents below HOME; each cluster gets its own.
            Environment = { ["KUBECONFIG"] = kubeconfig, ["HOME"] = Path.GetDirectoryName(kubeconfig)! },
        };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach ((string name, string? value) in Variables)
        {
            start.Environment.Remove(name);
            if (value is not null)
            {
                start.Environment[name] = value;
            }
        }

        return Process.Start(start)!;
    }
}
