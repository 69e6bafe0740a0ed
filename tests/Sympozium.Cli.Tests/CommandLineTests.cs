using Sympozium.Cli.Clusters;
using Sympozium.Cli.Demo;
using Sympozium.Cli.Terminals;

namespace Sympozium.Cli.Tests;

public sealed class CommandLineTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sympozium-line-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(ExitCodes.Usage, "there is no verb 'stats'; did you mean 'status'?", "stats")]
    [InlineData(ExitCodes.Usage, "expected a port from 0", "up", "--kube-port", "99999")]
    [InlineData(ExitCodes.Usage, "--instance", "run", "task")]
    [InlineData(ExitCodes.Usage, "-o is 'xml'", "get", "pods", "-o", "xml")]
    [InlineData(ExitCodes.Usage, "OPENAI_API_KEY", "demo", "--provider", "openai", "--model", "m")]
    [InlineData(ExitCodes.Unreachable, "cannot be read", "get", "pods", "--kubeconfig", "/nonexistent")]
    public async Task Mistake_HasItsCodeAndMessage(int code, string message, params string[] args)
    {
        CommandResult result = await RunAsync(args);
        Assert.Equal(code, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.Equal("", result.Out);
    }

    [Theory]
    [InlineData("status")]
    [InlineData("get", "pods")]
    [InlineData("kubeconfig")]
    public async Task NothingRuns_IsUnreachable_AndSaysHowToStart(params string[] args)
    {
        CommandResult result = await RunAsync([.. args, "--data", _folder]);
        Assert.Equal(ExitCodes.Unreachable, result.ExitCode);
        Assert.Contains($"sympozium up --data {_folder}", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Down_NothingRuns_Succeeds() => Assert.Equal(ExitCodes.Ok, (await RunAsync("down", "--data", _folder)).ExitCode);

    [Fact]
    public async Task Down_StatusNamesAStranger_LeavesItAlone()
    {
        string status = $$"""{"pid":{{Environment.ProcessId}},"gateway":"http://127.0.0.1:1","kubernetes":"https://127.0.0.1:2"}""";
        await File.WriteAllTextAsync(Path.Combine(_folder, "status.json"), status);
        CommandResult result = await RunAsync("down", "--data", _folder);
        Assert.Equal(ExitCodes.Ok, result.ExitCode);
        Assert.Contains("No control plane runs", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_OfEveryVerb_HasExamples()
    {
        foreach (string verb in CommandLine.Create(Context(new PlayedTerminal())).Subcommands.Select(c => c.Name))
        {
            CommandResult result = await RunAsync(verb, "--help");
            Assert.Equal(ExitCodes.Ok, result.ExitCode);
            Assert.Contains("Examples:\n", result.Out, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Provider_EverythingMissing_IsSaidAtOnce()
    {
        CliException error = Assert.Throws<CliException>(() => DemoProvider.Resolve("acme", null, null, null, Context(new PlayedTerminal())));
        Assert.Contains("--model", error.Message, StringComparison.Ordinal);
        Assert.Contains("ACME_API_KEY", error.Message, StringComparison.Ordinal);
        Assert.Contains("--base-url", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Suggestion_FarWord_IsNone()
    {
        Assert.Equal("agentruns", Suggestion.Nearest("agentrun", ["pods", "agentruns"]));
        Assert.Null(Suggestion.Nearest("zebra", ["pods", "agentruns"]));
    }

    [Theory]
    [InlineData("/a/b-c", "/a/b-c")]
    [InlineData("/a b", "'/a b'")]
    [InlineData("it's", "'it'\\''s'")]
    public void ShellQuote_MakesOneWord(string text, string expected) => Assert.Equal(expected, ShellQuote.Of(text));

    private static CliContext Context(PlayedTerminal terminal) => new(terminal, TimeProvider.System, _ => null);

    private static async Task<CommandResult> RunAsync(params string[] args)
    {
        PlayedTerminal terminal = new();
        int code = await CommandLine.RunAsync(args, Context(terminal), CancellationToken.None);
        return new CommandResult(code, terminal.OutText, terminal.ErrorText);
    }
}
