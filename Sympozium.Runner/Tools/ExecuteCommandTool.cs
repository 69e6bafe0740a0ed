using System.Globalization;
using System.Text.Json;
using Sympozium.Runner.Lifetime;

namespace Sympozium.Runner.Tools;

/// <summary>Runs a shell command inside the pod.</summary>
internal sealed class ExecuteCommandTool(PathGuard paths, ProcessLifetime lifetime) : ITool
{
    private const int DefaultSeconds = 30;
    private const int MaxSeconds = 120;

    /// <inheritdoc/>
    public string Name => "execute_command";

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Definition => """
        {"name":"execute_command","description":"Runs a shell command (/bin/sh -c) and returns its exit code and its output, stdout and stderr together, at most 8000 bytes. There is no standard input. The command and its children are killed at the timeout; start longer work in the background with its output redirected to a file.","parameters":{"type":"object","properties":{"command":{"type":"string","description":"The command"},"workdir":{"type":"string","description":"Directory to run in; default /workspace"},"timeout":{"type":"integer","description":"Seconds; default 30, at most 120"}},"required":["command"]}}
        """u8;

    /// <inheritdoc/>
    public ToolResult Execute(JsonElement arguments)
    {
        string command = arguments.RequiredString("command");
        string directory = paths.Readable(arguments.OptionalString("workdir") ?? "/workspace");
        int seconds = arguments.Integer("timeout", DefaultSeconds, 1, MaxSeconds);
        if (command.Contains('\0', StringComparison.Ordinal))
        {
            throw new ToolException("the command has a zero character.");
        }

        if (!Directory.Exists(directory))
        {
            throw new ToolException($"the directory '{arguments.OptionalString("workdir") ?? "/workspace"}' does not exist.");
        }

        CommandOutcome outcome = new CommandProcess(lifetime, TextCap.MaxBytes).Run(command, directory, TimeSpan.FromSeconds(seconds));
        string output = TextCap.WithNotice(outcome.Output, outcome.TotalBytes);
        string text = outcome.ExitCode is int code
            ? string.Create(CultureInfo.InvariantCulture, $"exit code {code}\n{output}")
            : string.Create(CultureInfo.InvariantCulture, $"Error: killed after {seconds} s, the timeout; everything it started was killed too. Its output until then:\n{output}");
        return new ToolResult(text, IsError: outcome.ExitCode is not 0);
    }
}
