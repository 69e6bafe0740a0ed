using System.Diagnostics;
using System.Text.Json.Nodes;
using Sympozium.Abstractions.Runs;
using Sympozium.Gateway.Tests.Harness;
using Sympozium.Kubernetes.Api;
using Sympozium.Testing;

namespace Sympozium.Gateway.Tests.Npm;

/// <summary>OpenAI's own JavaScript library as the client. Needs node and npm; installs the library once below artifacts.</summary>
public sealed class NpmLibraryTests
{
    private static readonly TimeSpan InstallPatience = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan ClientPatience = TestTimeouts.WithProcesses;

    [NpmFact]
    public async Task Library_WholeStreamErrorsAndAbort_AreUnderstood()
    {
        string folder = await InstallAsync();
        await using GatewayHarness gateway = await GatewayHarness.StartAsync();
        gateway.Kubernetes.Put(SympoziumTypes.Agents, "team", "coder");
        using var stop = new CancellationTokenSource();
        Task agent = AnswerAsync(gateway, stop.Token);

        string output = await RunAsync("node", ["client.mjs"], folder, ClientPatience, ("BASE_URL", new Uri(gateway.App.BaseAddress, "v1").ToString()), ("API_KEY", gateway.App.Token));
        JsonObject patched = await gateway.NextPatchAsync();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => agent);

        Assert.Equal(
            [
                """{"name":"models","value":["helper","team/coder"]}""",
                """{"name":"model","value":"team/coder"}""",
                """{"name":"whole","value":{"content":"answer to hi","finish":"stop","total":18}}""",
                """{"name":"stream","value":{"text":"answer to hi","total":18}}""",
                """{"name":"unknown","value":{"status":404,"code":"model_not_found","type":"invalid_request_error","param":"model"}}""",
                """{"name":"failed","value":{"status":503,"code":"ModelUnavailable"}}""",
                """{"name":"broken","value":{"code":"ModelError"}}""",
                """{"name":"left","value":true}""",
            ],
            output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal("leave", (string?)patched["spec"]!["task"]);
        Assert.True((bool)patched["spec"]!["cancel"]!);
        Assert.Equal(5, gateway.Kubernetes.Runs.Count);
    }

    /// <summary>Plays the agent of every run; what it does follows from the task.</summary>
    private static async Task AnswerAsync(GatewayHarness gateway, CancellationToken cancellationToken)
    {
        while (true)
        {
            JsonObject run = await gateway.Kubernetes.CreatedRuns.ReadAsync(cancellationToken);
            string task = (string)run["spec"]!["task"]!;
            switch (task)
            {
                case "fail":
                    await gateway.FailAsync(run, RunFailureReasons.ModelUnavailable, "the provider is down");
                    break;
                case "break":
                    await gateway.TextAsync(run, "so far");
                    await gateway.FailAsync(run, RunFailureReasons.ModelError, "it broke off");
                    break;
                case "leave":
                    await gateway.TextAsync(run, "so far");
                    break;
                default:
                    await gateway.TextAsync(run, "answer to ");
                    await gateway.TextAsync(run, task);
                    await gateway.SucceedAsync(run, $"answer to {task}");
                    break;
            }
        }
    }

    private static async Task<string> InstallAsync()
    {
        string source = Path.Combine(RepositoryRoot.Path, "tests", "Sympozium.Gateway.Tests", "Npm");
        string folder = Path.Combine(RepositoryRoot.Path, "artifacts", "npm", "gateway-tests");
        Directory.CreateDirectory(folder);
        string wanted = await File.ReadAllTextAsync(Path.Combine(source, "package.json"));
        string package = Path.Combine(folder, "package.json");
        File.Copy(Path.Combine(source, "client.mjs"), Path.Combine(folder, "client.mjs"), overwrite: true);
        if (!File.Exists(package) || await File.ReadAllTextAsync(package) != wanted || !Directory.Exists(Path.Combine(folder, "node_modules", "openai")))
        {
            await File.WriteAllTextAsync(package, wanted);
            await RunAsync("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error"], folder, InstallPatience);
        }

        return folder;
    }

    private static async Task<string> RunAsync(string file, string[] arguments, string folder, TimeSpan patience, params (string Name, string Value)[] variables)
    {
        var start = new ProcessStartInfo(file, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in variables)
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(patience);
        try
        {
            Task<string> errors = process.StandardError.ReadToEndAsync(limit.Token);
            string output = await process.StandardOutput.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            Assert.True(process.ExitCode == 0, $"'{file} {string.Join(' ', arguments)}' in '{folder}' ended with {process.ExitCode}:\n{await errors}\n{output}");
            return output;
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}

/// <summary>A fact that is skipped, and says so, where node or npm is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NpmFactAttribute : FactAttribute
{
    public NpmFactAttribute()
    {
        string[] missing = [.. new[] { "node", "npm" }.Where(tool => !IsOnPath(tool))];
        if (missing.Length > 0)
        {
            Skip = $"{string.Join(" and ", missing)} not found on the PATH; OpenAI's JavaScript library is not tested here.";
        }
    }

    private static bool IsOnPath(string tool) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, tool)));
}
