using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Sympozium.Kubernetes.Client.Credentials;

/// <summary>Runs a credential plugin once.</summary>
internal static class ExecPluginProcess
{
    private const int MaxOutput = 1024 * 1024;
    private const int MaxQuotedErrors = 4000;

    /// <summary>How long a plugin may take that nobody sits in front of.</summary>
    private static readonly TimeSpan MostTime = TimeSpan.FromMinutes(1);

    /// <exception cref="CredentialException">It cannot be started, fails, takes too long or prints something else.</exception>
    public static async Task<ExecAnswer> RunAsync(ExecPlugin plugin, TimeProvider time, CancellationToken cancellationToken)
    {
        bool interactive = plugin.InteractiveMode != "Never" && !Console.IsInputRedirected && !Console.IsErrorRedirected;
        if (plugin.InteractiveMode == "Always" && !interactive)
        {
            throw new CredentialException(
                $"the credential plugin '{plugin.Command}' of {plugin.Owner} must ask on a terminal (interactiveMode: Always), and this process has none; use credentials that need no person");
        }

        using Process process = Start(plugin, interactive);
        using var timeout = new CancellationTokenSource(interactive ? Timeout.InfiniteTimeSpan : MostTime, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            Task<string> output = ReadAsync(process.StandardOutput, stop.Token);
            Task<string> errors = interactive ? Task.FromResult("") : ReadAsync(process.StandardError, stop.Token);
            await Task.WhenAll(output, errors);
            await process.WaitForExitAsync(stop.Token);
            return process.ExitCode == 0 ? ExecAnswer.Parse(await output, plugin) : throw Failed(plugin, process.ExitCode, await errors);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CredentialException($"the credential plugin '{plugin.Command}' of {plugin.Owner} did not end within {MostTime.TotalSeconds:0} s and was stopped");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    private static Process Start(ExecPlugin plugin, bool interactive)
    {
        var start = new ProcessStartInfo(plugin.Command)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            // A person sees the plugin's questions; otherwise what it complains of is kept for the message.
            RedirectStandardError = !interactive,
            RedirectStandardInput = !interactive,
        };
        foreach (string argument in plugin.Arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach ((string name, string value) in plugin.Environment)
        {
            start.Environment[name] = value;
        }

        start.Environment["KUBERNETES_EXEC_INFO"] = Information(plugin, interactive).ToJsonString();
        try
        {
            Process process = Process.Start(start) ?? throw new Win32Exception("no process was started");
            if (!interactive)
            {
                process.StandardInput.Close();
            }

            return process;
        }
        catch (Win32Exception e)
        {
            string hint = plugin.InstallHint is { Length: > 0 } text ? $"\n{text.Trim()}" : "";
            throw new CredentialException($"the credential plugin '{plugin.Command}' of {plugin.Owner} cannot be started: {e.Message}{hint}", e);
        }
    }

    private static JsonObject Information(ExecPlugin plugin, bool interactive)
    {
        var spec = new JsonObject { ["interactive"] = interactive };
        if (plugin.Cluster is { } cluster)
        {
            spec["cluster"] = cluster.DeepClone();
        }

        return new JsonObject { ["kind"] = "ExecCredential", ["apiVersion"] = plugin.ApiVersion, ["spec"] = spec };
    }

    private static async Task<string> ReadAsync(StreamReader reader, CancellationToken cancellationToken)
    {
        char[] buffer = new char[8192];
        var text = new System.Text.StringBuilder();
        int read;
        while ((read = await reader.ReadAsync(buffer, cancellationToken)) > 0)
        {
            // What is too much is read on, so that the plugin can end, and dropped.
            text.Append(buffer, 0, Math.Min(read, MaxOutput - text.Length));
        }

        return text.ToString();
    }

    private static CredentialException Failed(ExecPlugin plugin, int exitCode, string errors)
    {
        string said = errors.Trim();
        string quoted = said.Length > MaxQuotedErrors ? said[^MaxQuotedErrors..] : said;
        return new CredentialException(
            $"the credential plugin '{plugin.Command}' of {plugin.Owner} ended with exit code {exitCode}{(quoted.Length == 0 ? " and said nothing" : $":\n{quoted}")}");
    }
}
