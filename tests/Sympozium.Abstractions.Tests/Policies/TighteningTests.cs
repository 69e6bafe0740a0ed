using System.Text.Json.Nodes;
using Sympozium.Abstractions.Policies;
using Sympozium.Testing.Admission;

namespace Sympozium.Abstractions.Tests.Policies;

/// <summary>What docs/policies.md promises of combined policies, for thousands of random ones.</summary>
public sealed class TighteningTests
{
    private const int Rounds = 4000;

    [Fact]
    public void Policy_Added_NeverAllowsMore()
    {
        var random = new PolicyGenerator(20261125);
        int refusedWithout = 0;
        int refusedWith = 0;
        for (int round = 0; round < Rounds; round++)
        {
            EffectivePolicy without = random.Layers(random.Number(3));
            EffectivePolicy with = without.Tighten(random.Layer(2));
            PolicySubject subject = random.Subject();
            IReadOnlyList<PolicyViolation> before = PolicyEvaluator.Evaluate(subject, without).Violations;
            IReadOnlyList<PolicyViolation> after = PolicyEvaluator.Evaluate(subject, with).Violations;

            // Each field that was refused still is, though perhaps by a stricter rule.
            Assert.True(before.Select(violation => violation.Path).ToHashSet().IsSubsetOf(after.Select(violation => violation.Path)), $"round {round}:\n{string.Join('\n', before)}\nbecame\n{string.Join('\n', after)}\nunder\n{with.Describe()}");
            Assert.True(without.Network.Count == 0 || !with.NetworkOpen || without.NetworkOpen, $"round {round}: the network was opened");
            Assert.True(without.Network.Count == 0 || with.Egress().All(wanted => without.Network.All(rule => rule.Value.Allows(wanted))), $"round {round}: egress was added");
            foreach (string tool in PolicyGenerator.Tools)
            {
                Assert.True(with.Tools.Decide(tool).Action >= without.Tools.Decide(tool).Action, $"round {round}, tool {tool}:\n{with.Describe()}");
            }

            refusedWithout += before.Count > 0 ? 1 : 0;
            refusedWith += after.Count > 0 ? 1 : 0;
        }

        // A generator that refuses everything, or nothing, would prove nothing.
        Assert.InRange(refusedWithout, Rounds / 10, Rounds * 9 / 10);
        Assert.InRange(refusedWith, refusedWithout + 1, Rounds - 1);
    }

    [Fact]
    public void Run_WhateverItLists_NeverMayMoreThanItsPolicies()
    {
        var random = new PolicyGenerator(17);
        for (int round = 0; round < Rounds; round++)
        {
            ToolGate limit = random.Layers(random.Number(3)).Tools;
            ToolGate gate = limit.Narrow(random.ToolPolicy());
            Assert.All(PolicyGenerator.Tools, tool => Assert.True(gate.Decide(tool).Action >= limit.Decide(tool).Action, $"round {round}, tool {tool}: {limit} became {gate}"));
        }
    }

    [Fact]
    public void Tighten_OfRandomPolicies_IsCommutativeAssociativeAndIdempotent()
    {
        var random = new PolicyGenerator(4);
        for (int round = 0; round < Rounds; round++)
        {
            EffectivePolicy a = random.Layer(0);
            EffectivePolicy b = random.Layer(1);
            EffectivePolicy c = random.Layer(2);
            Assert.Equal(a.Tighten(b).Describe(), b.Tighten(a).Describe());
            Assert.Equal(a.Tighten(b).Tighten(c).Describe(), a.Tighten(b.Tighten(c)).Describe());
            Assert.Equal(a.Tighten(b).Describe(), a.Tighten(b).Tighten(b).Tighten(a).Describe());
            Assert.Equal(a.Describe(), EffectivePolicy.None.Tighten(a).Describe());
        }
    }

    [Fact]
    public async Task Resolution_WithAMissingPolicy_IsNotComplete()
    {
        var space = new JsonObject { ["kind"] = "Namespace", ["metadata"] = new JsonObject { ["name"] = "team", ["annotations"] = new JsonObject { [SympoziumNames.PolicyAnnotation] = "elsewhere/gone" } } };
        PolicyResolution resolution = PolicyResolution.Of(await PolicyReference.ReadAsync(new ManifestLookup([space]), "team", null, "", CancellationToken.None));

        Assert.False(resolution.IsComplete);
        Assert.Contains("no SympoziumPolicy 'gone' exists in namespace 'elsewhere'", Assert.Single(resolution.Missing).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Resolutions_OfAPolicyThatChanges_FollowItsVersion()
    {
        var resolutions = new PolicyResolutions();
        PolicyResolution first = resolutions.Of([Named("1", """{"budgets":{"maxTokensPerRun":10}}""")]);

        Assert.Same(first, resolutions.Of([Named("1", """{"budgets":{"maxTokensPerRun":10}}""")]));
        Assert.Equal(10, first.Effective.MaxTokens!.Value);
        Assert.Equal(20, resolutions.Of([Named("2", """{"budgets":{"maxTokensPerRun":20}}""")]).Effective.MaxTokens!.Value);
        // The origin is in every refusal, so the same policy named by somebody else is another combination.
        Assert.NotSame(first, resolutions.Of([Named("1", """{"budgets":{"maxTokensPerRun":10}}""") with { Source = new(PolicyOrigin.Cluster, new("team", "rules")) }]));
    }

    [Fact]
    public void Resolutions_OfAMissingPolicyOrOneWithoutAVersion_AreNotKept()
    {
        var resolutions = new PolicyResolutions();
        PolicyReference missing = Named("1", "{}") with { Policy = null };

        Assert.Single(resolutions.Of([missing]).Missing);
        Assert.Empty(resolutions.Of([Named("1", "{}")]).Missing);
        Assert.Equal(1, resolutions.Of([Named("", """{"budgets":{"maxTokensPerRun":1}}""")]).Effective.MaxTokens!.Value);
        Assert.Equal(2, resolutions.Of([Named("", """{"budgets":{"maxTokensPerRun":2}}""")]).Effective.MaxTokens!.Value);
    }

    private static PolicyReference Named(string version, string spec) => new(
        new PolicySource(PolicyOrigin.Instance, new ResourceKey("team", "rules")), "spec.policyRef",
        new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = "rules", ["namespace"] = "team", ["uid"] = "u", ["resourceVersion"] = version },
            ["spec"] = JsonNode.Parse(spec),
        });
}
