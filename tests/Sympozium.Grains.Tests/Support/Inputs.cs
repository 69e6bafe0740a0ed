using System.Text.Json.Nodes;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Policies;
using Sympozium.Grains.Runs;
using Sympozium.Kubernetes.Manifests;

namespace Sympozium.Grains.Tests.Support;

/// <summary>Makes a planner's inputs from manifests, as a cluster would hold them.</summary>
internal static class Inputs
{
    /// <summary>A run and its instance that together make a plan; tests change them.</summary>
    public const string Simple = """
        apiVersion: sympozium.ai/v1alpha1
        kind: AgentRun
        metadata: {name: hello, namespace: team, uid: run-uid}
        spec: {instanceRef: helper, task: Say hello.}
        ---
        apiVersion: sympozium.ai/v1alpha1
        kind: SympoziumInstance
        metadata: {name: helper, namespace: team}
        spec:
          provider: {name: openai, model: gpt-4o, apiKeySecret: openai-secret}
          systemPrompt: You help.
        ---
        apiVersion: v1
        kind: Secret
        metadata: {name: openai-secret, namespace: team}
        data: {apiKey: eA==}
        """;

    public static RunInputs Read(string yaml)
    {
        JsonObject[] all = [.. YamlReader.ReadAll(yaml, "test").Select(document => (JsonObject)JsonNode.Parse(document.Root!.ToJsonString())!)];
        return new RunInputs
        {
            Run = all.Single(resource => Kind(resource) == "AgentRun"),
            Instance = all.SingleOrDefault(resource => Kind(resource) is "SympoziumInstance" or "Agent"),
            Policies = [.. all.Where(resource => Kind(resource) == "SympoziumPolicy").Select(policy => Reference(Name(policy), policy))],
            SkillPacks = all.Where(resource => Kind(resource) == "SkillPack").ToDictionary(Name),
            SecretKeys = all.Where(resource => Kind(resource) == "Secret").ToDictionary(
                Name, secret => (IReadOnlySet<string>)(secret["data"] as JsonObject ?? []).Select(pair => pair.Key).ToHashSet()),
        };
    }

    /// <summary><see cref="Simple"/> with merges into the run's and the instance's spec.</summary>
    public static RunInputs With(string run = "{}", string instance = "{}", string more = "")
    {
        RunInputs inputs = Read(more.Length == 0 ? Simple : $"{Simple}\n---\n{more}");
        Merge((JsonObject)inputs.Run["spec"]!, run);
        Merge((JsonObject)inputs.Instance!["spec"]!, instance);
        return PolicyReference.OfInstance(inputs.Instance) is { } named && inputs.Policies.Count == 0 ? inputs with { Policies = [Reference(named, null)] } : inputs;
    }

    private static PolicyReference Reference(string name, JsonObject? policy) =>
        new(new PolicySource(PolicyOrigin.Instance, new ResourceKey("team", name)), "instance 'helper', spec.policyRef", policy);

    private static void Merge(JsonObject spec, string yaml)
    {
        foreach ((string key, JsonNode? value) in (JsonObject)YamlReader.ReadAll(yaml, "test")[0].Root!)
        {
            spec[key] = value?.DeepClone();
        }
    }

    private static string Kind(JsonObject resource) => (string)resource["kind"]!;

    private static string Name(JsonObject resource) => (string)resource["metadata"]!["name"]!;
}
