using System.Text.Json.Nodes;
using Sympozium.Abstractions.Resources;

namespace Sympozium.Abstractions.Tests.Resources;

/// <summary>A run's own variables cannot replace what confines it.</summary>
public sealed class VariableTests
{
    [Theory]
    [InlineData("SYMPOZIUM_FETCH_URL_ALLOW_PRIVATE")]
    [InlineData("SYMPOZIUM_IPC_ROOT")]
    [InlineData("OPENAI_BASE_URL")]
    [InlineData("TOOL_POLICY_ALLOW")]
    [InlineData("DRY_RUN")]
    [InlineData("DOTNET_STARTUP_HOOKS")]
    [InlineData("LD_AUDIT")]
    public void Env_NameThatIsOwned_IsRefused(string name)
    {
        Assert.Equal([$"spec.env.{name}"], ProblemsOf(name));
    }

    [Theory]
    [InlineData("MAX_TOOL_ITERATIONS")]
    [InlineData("LANG")]
    [InlineData("MY_OPENAI_BASE_URL")]
    public void Env_OtherName_IsTaken(string name)
    {
        Assert.Empty(ProblemsOf(name));
    }

    private static IEnumerable<string> ProblemsOf(string name)
    {
        var run = new JsonObject { ["kind"] = "AgentRun", ["spec"] = new JsonObject { ["instanceRef"] = "a", ["task"] = "t", ["env"] = new JsonObject { [name] = "x" } } };
        var problems = new List<ResourceProblem>();
        ResourceReader.AgentRun(run, problems);
        return problems.Select(problem => problem.Path);
    }
}
