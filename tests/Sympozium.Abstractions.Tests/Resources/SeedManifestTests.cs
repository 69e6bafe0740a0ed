using System.Text.Json.Nodes;
using Sympozium.Abstractions.Resources;
using Sympozium.Testing;

namespace Sympozium.Abstractions.Tests.Resources;

/// <summary>The manifests of the documents that the system was asked from: each means what its document says.</summary>
public sealed class SeedManifestTests
{
    private static readonly string Folder = Path.Combine(RepositoryRoot.Path, "tests", "Sympozium.Abstractions.Tests", "testassets", "seeds");

    public static TheoryData<string> Names => [.. Directory.GetFiles(Folder, "*.yaml").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Manifest_AsPrinted_ReadsAsItsCanonicalRecord(string name)
    {
        var problems = new List<ResourceProblem>();
        object? record = Manifest.Read(Load(name), problems);
        Assert.Empty(problems);
        GoldenFile.Check(Path.Combine(Folder, name + ".json"), Manifest.Show(record!));
    }

    [Fact]
    public void Instance_WithProvider_HasModelSecretAndPolicy()
    {
        InstanceSpec spec = ResourceReader.Instance(Load("article-sympoziuminstance-first"), [])!;
        Assert.Equal("gpt-4o", spec.Agents!.Default!.Model);
        Assert.Equal(new AuthReference { Provider = "openai", Secret = "openai-secret" }, Assert.Single(spec.AuthRefs!));
        Assert.Equal("permissive", spec.PolicyRef);
        Assert.Equal("You are a helpful assistant running on Kubernetes.\nAnswer questions clearly and concisely.\n", spec.SystemPrompt);
    }

    [Fact]
    public void Instance_WithSkillConfig_GivesItToTheSkill()
    {
        SkillReference skill = Assert.Single(ResourceReader.Instance(Load("article-sympoziuminstance-skillconfig"), [])!.Skills!);
        Assert.Equal("k8s-ops", skill.SkillPackRef);
        Assert.Equal("""["payments","orders"]""", skill.Params!["namespaces"]!.ToJsonString());
    }

    [Fact]
    public void Run_WithInput_HasItAsTask() => Assert.Equal(
        "What is the current date and Kubernetes version?", (string?)ResourceReader.AgentRun(Load("article-agentrun-first"), [])!.Task);

    [Fact]
    public void Run_WithSkillNames_RefersToSkillPacks() => Assert.Equal(
        "k8s-ops", Assert.Single(ResourceReader.AgentRun(Load("concepts-agentrun"), [])!.Skills!).SkillPackRef);

    [Fact]
    public void Policy_WithSandbox_DemandsItWithItsRuntimeClass()
    {
        SandboxPolicySpec sandbox = ResourceReader.Policy(Load("article-sympoziumpolicy-restrictive"), [])!.SandboxPolicy!;
        Assert.True(sandbox.Required);
        Assert.Equal("gvisor", sandbox.RuntimeClass);
    }

    private static JsonObject Load(string name) => Manifest.Parse(File.ReadAllText(Path.Combine(Folder, name + ".yaml")));
}
