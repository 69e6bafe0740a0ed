using System.Text.Json.Nodes;
using Sympozium.Abstractions.Resources;

namespace Sympozium.Abstractions.Tests.Resources;

public sealed class SpellingTests
{
    public static TheoryData<string, string, string, string> Pairs => new()
    {
        { "AgentRun", """{"instanceRef":"a","agentRef":"b","task":"t"}""", "spec.agentRef", "spec.instanceRef" },
        { "AgentRun", """{"instanceRef":"a","task":"t","input":"u"}""", "spec.input", "spec.task" },
        { "AgentRun", """{"instanceRef":"a","task":"t","model":{"name":"x","model":"y"}}""", "spec.model.model", "spec.model.name" },
        { "SympoziumInstance", """{"policy":"a","policyRef":"b","agents":{"default":{"model":"m"}}}""", "spec.policy", "spec.policyRef" },
        { "SympoziumInstance", """{"provider":{"model":"a"},"agents":{"default":{"model":"b"}}}""", "spec.provider", "spec.agents.default.model" },
        { "Agent", """{"provider":{"model":"m","baseURL":"http://a"},"agents":{"default":{"baseURL":"http://b"}}}""", "spec.provider", "spec.agents.default.baseURL" },
        { "Agent", """{"provider":{"name":"openai","model":"m","apiKeySecret":"a"},"authRefs":[{"provider":"openai","secret":"b"}]}""", "spec.provider", "spec.authRefs" },
        { "SympoziumSchedule", """{"schedule":"@daily","instanceRef":"a","agentRef":"b","task":"t"}""", "spec.agentRef", "spec.instanceRef" },
        { "SympoziumSchedule", """{"schedule":"@daily","instanceRef":"a","task":"t","timezone":"UTC","timeZone":"Europe/Paris"}""", "spec.timeZone", "spec.timezone" },
        { "Ensemble", """{"policy":"p","policyRef":"q","agentConfigs":[{"name":"a","systemPrompt":"x"}]}""", "spec.policy", "spec.policyRef" },
        { "SympoziumPolicy", """{"sandbox":{"enabled":true},"sandboxPolicy":{"required":false}}""", "spec.sandbox", "spec.sandboxPolicy" },
        { "SympoziumPolicy", """{"allowedTools":["x"],"toolGating":{"rules":[{"tool":"x","action":"deny"}]}}""", "spec.allowedTools", "spec.toolGating.rules" },
        { "SympoziumPolicy", """{"requireApproval":["x"],"toolGating":{"rules":[{"tool":"x","action":"allow"}]}}""", "spec.requireApproval", "spec.toolGating.rules" },
    };

    public static TheoryData<string, string> Agreeing => new()
    {
        { "AgentRun", """{"instanceRef":"a","agentRef":"a","task":"t","input":"t"}""" },
        { "AgentRun", """{"instanceRef":"a","task":"t","model":{"name":"x","model":"x"}}""" },
        { "SympoziumInstance", """{"policy":"a","policyRef":"a","agents":{"default":{"model":"m"}},"provider":{"model":"m"}}""" },
        { "Agent", """{"provider":{"name":"openai","model":"m","apiKeySecret":"a"},"authRefs":[{"provider":"openai","secret":"a"}]}""" },
        { "SympoziumPolicy", """{"sandbox":{"enabled":true},"sandboxPolicy":{"required":true}}""" },
        { "SympoziumPolicy", """{"allowedTools":["x"],"requireApproval":["x"],"toolGating":{"rules":[{"tool":"x","action":"ask"}]}}""" },
    };

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Spellings_WithDifferentValues_AreRefusedWithBothPaths(string kind, string spec, string one, string other)
    {
        ResourceProblem problem = Assert.Single(Problems(kind, spec));
        Assert.Equal(one, problem.Path);
        Assert.Contains(other, problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Agreeing))]
    public void Spellings_WithTheSameValue_AreOneField(string kind, string spec) => Assert.Empty(Problems(kind, spec));

    [Fact]
    public void Resource_WithSeveralFaults_ListsAllAtOnce() => Assert.Equal(
        ["spec.env.PATH", "spec.instanceRef", "spec.skills[0]", "spec.task", "spec.timeout", "spec.toolPolicy.deny"],
        Problems("AgentRun", """{"timeout":"soon","env":{"PATH":"/x"},"skills":[{}],"toolPolicy":{"deny":["a,b"]}}""").Select(problem => problem.Path).Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("AgentRun", """{"instanceRef":7,"task":"t"}""", "spec.instanceRef")]
    [InlineData("SympoziumPolicy", """{"toolGating":{"rules":[{"tool":"x"}]}}""", "spec.toolGating.rules[0].action")]
    [InlineData("SkillPack", """{"skills":[{"name":"x","content":null}]}""", "spec.skills[0].content")]
    public void Resource_WithAWrongType_NamesItsPath(string kind, string spec, string path) => Assert.Equal(path, Assert.Single(Problems(kind, spec)).Path);

    [Fact]
    public void Resource_WithoutSpec_SaysSo() => Assert.Equal("spec", Assert.Single(ProblemsOf(new JsonObject { ["kind"] = "AgentRun" })).Path);

    [Fact]
    public void Reader_Always_LeavesTheResourceAsItIs()
    {
        JsonObject resource = Resource("AgentRun", """{"agentRef":"a","input":"t","skills":["x"]}""");
        string before = resource.ToJsonString();
        ResourceReader.AgentRun(resource, []);
        Assert.Equal(before, resource.ToJsonString());
    }

    private static List<ResourceProblem> Problems(string kind, string spec) => ProblemsOf(Resource(kind, spec));

    private static List<ResourceProblem> ProblemsOf(JsonObject resource)
    {
        var problems = new List<ResourceProblem>();
        Manifest.Read(resource, problems);
        return problems;
    }

    private static JsonObject Resource(string kind, string spec) => new() { ["kind"] = kind, ["metadata"] = new JsonObject { ["name"] = "x" }, ["spec"] = JsonNode.Parse(spec) };
}
