using Sympozium.Cli.ModelStub;

namespace Sympozium.Cli.Tests.ModelStub;

public sealed class ModelScriptReaderTests
{
    [Fact]
    public void Read_SeveralProblems_ListsAllWithTheirLines()
    {
        const string Yaml = """
            models: [a]
            scenarios:
              - match: { regex: "(" }
                turns:
                  - say: hello
                    delayMs: soon
                  - usage: { input: -1 }
                  - error: { code: x }
                  - toolCalls: [{ arguments: [1] }]
                    hang: perhaps
                    speak: no
            """;

        var thrown = Assert.Throws<ModelScriptException>(() => ModelScriptReader.Read(Yaml, "test.yaml"));

        Assert.Collection(
            thrown.Problems,
            p => Assert.StartsWith("line 3: script.scenarios[0].match has a regex", p, StringComparison.Ordinal),
            p => Assert.StartsWith("line 6: script.scenarios[0].turns[0].delayMs must be a whole number from 0", p, StringComparison.Ordinal),
            p => Assert.StartsWith("line 7: script.scenarios[0].turns[1].usage.input must be a whole number", p, StringComparison.Ordinal),
            p => Assert.StartsWith("line 7: script.scenarios[0].turns[1] does nothing", p, StringComparison.Ordinal),
            p => Assert.StartsWith("line 8: script.scenarios[0].turns[2].error needs a 'status'", p, StringComparison.Ordinal),
            p => Assert.StartsWith("line 9: script.scenarios[0].turns[3].toolCalls[0] needs the 'name'", p, StringComparison.Ordinal),
            p => Assert.StartsWith("line 9: script.scenarios[0].turns[3].toolCalls[0] has arguments that are a list", p, StringComparison.Ordinal),
            p => Assert.StartsWith("line 10: script.scenarios[0].turns[3].hang must be true or false", p, StringComparison.Ordinal),
            p => Assert.StartsWith("line 11: script.scenarios[0].turns[3] has the unknown key 'speak'", p, StringComparison.Ordinal));
        Assert.Contains("'test.yaml' has 9 problem(s)", thrown.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "line 1: the script is empty")]
    [InlineData("scenarios: [", "line ")]
    [InlineData("- a", "line 1: script must be a mapping")]
    [InlineData("scenarios: []", "line 1: script needs at least one entry in 'scenarios'.")]
    public void Read_NoScenario_IsRefused(string yaml, string problem)
    {
        var thrown = Assert.Throws<ModelScriptException>(() => ModelScriptReader.Read(yaml, "test.yaml"));
        Assert.StartsWith(problem, thrown.Problems[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_DemoSample_UsesThreeToolsOfWhichTwoInOneTurn()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Sympozium.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        ModelScript script = await ModelScriptReader.ReadFileAsync(Path.Combine(folder!, "k8s/samples/demo-model.yaml"), CancellationToken.None);
        Assert.Equal([1, 2, 0], script.Scenarios[0].Turns.Select(turn => turn.ToolCalls.Count));
    }
}
