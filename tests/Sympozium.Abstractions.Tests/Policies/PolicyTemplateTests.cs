using Sympozium.Abstractions.Policies;
using Sympozium.Abstractions.Resources;
using Sympozium.Abstractions.Tests.Resources;
using Sympozium.Testing;

namespace Sympozium.Abstractions.Tests.Policies;

/// <summary>What templates and the documents' policies amount to, rule by rule.</summary>
public sealed class PolicyTemplateTests
{
    public static TheoryData<string> ReadyMade => [.. Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Path, "k8s", "policies"), "*.yaml").Select(path => Path.GetFileName(path))];

    [Theory]
    [MemberData(nameof(ReadyMade))]
    public void Policy_ReadyMade_HasNoProblems(string file)
    {
        var problems = new List<ResourceProblem>();
        PolicySpec? policy = ResourceReader.Policy(Manifest.Parse(File.ReadAllText(Path.Combine(RepositoryRoot.Path, "k8s", "policies", file))), problems);
        Assert.Empty(problems);
        Assert.NotNull(PolicyTemplate.Expand(policy!.Template));
    }

    [Theory]
    [InlineData("none", "{}")]
    [InlineData("permissive", "{template: Permissive}")]
    [InlineData("default", "{template: Default}")]
    [InlineData("restrictive", "{template: Restrictive}")]
    [InlineData("everything", """
        {template: Restrictive, allowedTools: [memory_*], requireApproval: [execute_command], toolGating: {rules: [{tool: write_file, action: deny}]}, featureGates: {web-access: false, memory: true},
         sandboxPolicy: {defaultImage: i, maxCPU: 2, maxMemory: 4Gi, allowHostMounts: true, seccompProfile: {type: Localhost}, runtimeClass: gvisor, agentSandboxPolicy: {required: true, defaultRuntimeClass: kata, allowedRuntimeClasses: [kata]}},
         subagentPolicy: {maxDepth: 1}, networkPolicy: {allowDNS: false, allowedEgress: [{host: example.org, port: 443}]}, modelPolicy: {allowedModels: [a, b/*], allowedNamespaces: [models]},
         imagePolicy: {allowedRegistries: [ghcr.io/acme]}, lifecyclePolicy: {deniedResources: [secrets]}, budgets: {maxTokensPerRun: 100000, maxModelCallsPerRun: 20, maxRunDuration: 1h}}
        """)]
    public void Policy_Expanded_IsWhatTheGoldenFileSays(string name, string spec)
    {
        var problems = new List<ResourceProblem>();
        PolicySpec policy = ResourceReader.Policy(Manifest.Parse($"{{kind: SympoziumPolicy, spec: {spec}}}"), problems)!;
        Assert.Empty(problems);
        GoldenFile.Check(
            Path.Combine(RepositoryRoot.Path, "tests", "Sympozium.Abstractions.Tests", "testassets", "policies", name + ".txt"),
            PolicyRules.Of(policy, new PolicySource(PolicyOrigin.Instance, new ResourceKey("team", name))).Describe());
    }
}
