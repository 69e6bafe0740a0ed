using System.Text.Json.Nodes;
using Sympozium.Abstractions.Resources;

namespace Sympozium.Abstractions.Tests.Resources;

/// <summary>Whatever stands where in a manifest, a reader answers with a record or with problems and never throws: a reconcile that throws never ends.</summary>
public sealed class ReaderRobustnessTests
{
    private static readonly string[] Values = ["null", "7", "-1.5", "true", "\"text\"", "\"\"", "[]", "{}", "[null]", "[7]", "[{}]", "[[]]", "{\"a\":null}", "{\"mode\":7}", "[\"a\",{\"skillPackRef\":7}]"];

    public static TheoryData<string> Manifests => new()
    {
        """{"kind":"AgentRun","spec":{"instanceRef":"a","agentRef":"a","task":"t","input":"t","messages":[{"role":"user","content":"x"}],"model":{"name":"m","model":"m","baseURL":"http://x","providerHeaders":{"a":"b"}},"skills":[{"skillPackRef":"a","params":{"x":1}}],"skillConfig":{"a":{"b":1}},"toolPolicy":{"allow":["a"],"deny":["b"]},"timeout":"5m","env":{"A":"b"},"dryRun":false,"cancel":false,"parent":{"runName":"p","spawnDepth":1},"imagePullSecrets":[{"name":"x"}],"lifecycle":{"preRun":[]}}}""",
        """{"kind":"SympoziumInstance","spec":{"displayName":"x","provider":{"name":"openai","model":"m","apiKeySecret":"s","baseURL":"http://x"},"agents":{"default":{"model":"m","runTimeout":"5m","env":{"A":"b"}}},"skills":["a",{"skillPackRef":"b"}],"skillConfig":{"a":{"n":[1]}},"authRefs":[{"provider":"openai","secret":"s"}],"policy":"p","channels":[{"type":"slack"}],"memory":{"enabled":true}}}""",
        """{"kind":"SympoziumPolicy","spec":{"template":"Default","requireApproval":["a"],"allowedTools":["b"],"sandbox":{"enabled":true,"runtimeClass":"x"},"toolGating":{"defaultAction":"allow","rules":[{"tool":"c*","action":"ask"}]},"networkPolicy":{"denyAll":true,"allowedEgress":[{"host":"x","port":1}]},"featureGates":{"x":true},"subagentPolicy":{"maxDepth":1,"maxConcurrent":1},"modelPolicy":{"allowedModels":["m"],"allowedNamespaces":["n"]},"imagePolicy":{"allowedRegistries":["r"]},"lifecyclePolicy":{"deniedResources":["secrets"]},"budgets":{"maxTokensPerRun":1,"maxModelCallsPerRun":1,"maxRunDuration":"1m"}}}""",
        """{"kind":"SympoziumPolicy","spec":{"sandboxPolicy":{"required":true,"defaultImage":"i","maxCPU":"1","maxMemory":"1Gi","allowHostMounts":true,"seccompProfile":{"type":"RuntimeDefault"},"runtimeClass":"x","agentSandboxPolicy":{"required":true,"defaultRuntimeClass":"x","allowedRuntimeClasses":["x"]}}}}""",
        """{"kind":"SympoziumConfig","spec":{"policyRef":"p","gateway":{"enabled":true,"name":"g","tls":{"enabled":true,"secretName":"s"}},"canary":{"enabled":true,"interval":"30m","baseURL":"http://x"},"pricing":{"simulatedEnabled":true,"simulatedPrices":[{"provider":"p","match":"m","inputPerMTokMicro":1,"outputPerMTokMicro":2}],"updatedAt":"2026-01-01T00:00:00Z"}}}""",
        """{"kind":"SkillPack","spec":{"skills":[{"name":"a","description":"d","content":"c","requires":{"bins":["x"]}}],"category":"x","sidecar":{"image":"x","env":[{"name":"A","valueFrom":{"secretKeyRef":{"name":"s","key":"k"}}}],"resources":{"cpu":1},"hostAccess":{"mounts":[{"hostPath":"/a","mountPath":"/b"}]},"tools":[{"name":"t","exec":["x"],"positionalArgs":["a"],"parameters":{"properties":{"a":{}},"required":["a"]}}]}}}""",
        """{"kind":"SympoziumSchedule","spec":{"instanceRef":"a","agentRef":"a","schedule":"CRON_TZ=UTC 0 9 * * *","timezone":"UTC","timeZone":"UTC","task":"t","input":"t","type":"sweep","suspend":true,"concurrencyPolicy":"Forbid","includeMemory":false,"firstTick":"immediate"}}""",
        """{"kind":"Ensemble","spec":{"enabled":true,"agentConfigs":[{"name":"a","systemPrompt":"x","skills":["s",{"skillPackRef":"t"}],"schedule":{"type":"sweep","cron":"TZ=UTC * * * * *","interval":"1h","input":"t"},"memory":{"seeds":["x"]},"channels":["slack"],"mcpServers":[{"name":"m","toolsPrefix":"p"}],"skillParams":{"s":{"a":1}}}],"excludePersonas":["a"],"channelConfigs":{"slack":"s"},"channelAccessControl":{"slack":{"allowedChats":["c"]}},"relationships":[{"source":"s","target":"a","type":"stimulus","timeout":"5m"}],"stimulus":{"name":"s","prompt":"p"},"sharedMemory":{"enabled":true,"accessRules":[{"agentConfig":"a"}],"membrane":{"permeability":[{"agentConfig":"a"}],"trustGroups":[{"name":"g","agentConfigs":["a"]}],"tokenBudget":{"maxTokens":5},"timeDecay":{"ttl":"1h"}}}}}""",
        """{"kind":"PersonaPack","spec":{"policy":"p","policyRef":"p","personas":[{"name":"a","systemPrompt":"x","lifecycle":{"preRun":[{"name":"h","image":"i","env":[{"name":"A","value":"b"}]}]}}]}}""",
        """{"kind":"MCPServer","spec":{"transportType":"stdio","toolsPrefix":"p","timeout":3,"replicas":2,"deployment":{"image":"i","cmd":"c","args":["a"],"env":{"A":"b"},"secretRefs":[{"name":"s"}],"resources":{"limits":{"cpu":1}}},"toolsAllow":["a"]}}""",
        """{"kind":"Model","spec":{"source":{"url":"http://x","sha256":"a"},"storage":{"size":"1Gi"},"inference":{"serverType":"custom","env":[{"name":"A","value":"b"}]},"resources":{"gpu":1,"cpu":2},"placement":{"mode":"auto"},"tolerations":[{"key":"k"}]}}""",
        """{"kind":"ToolApproval","spec":{"runRef":"r","callId":"c","tool":"t","arguments":{"a":1},"approvers":[{"kind":"User","name":"u"}],"timeout":"1h","decision":{"verdict":"approve"}}}""",
    };

    [Theory]
    [MemberData(nameof(Manifests))]
    public void Reader_WithAnyValueAnywhere_AnswersWithoutThrowing(string manifest)
    {
        foreach (string path in Paths(JsonNode.Parse(manifest)!["spec"]!))
        {
            foreach (string value in Values)
            {
                JsonNode resource = JsonNode.Parse(manifest)!;
                Replace(resource["spec"]!, path, JsonNode.Parse(value));
                var problems = new List<ResourceProblem>();
                Exception? thrown = Record.Exception(() => Manifest.Read(resource.AsObject(), problems));
                Assert.True(thrown is null, $"spec{path} = {value}: {thrown}");
            }
        }
    }

    private static IEnumerable<string> Paths(JsonNode node) => node switch
    {
        JsonObject fields => fields.SelectMany(pair => Paths(pair.Value!).Select(rest => $".{pair.Key}{rest}").Prepend("." + pair.Key)),
        JsonArray items => items.SelectMany((item, i) => Paths(item!).Select(rest => $"[{i}]{rest}").Prepend($"[{i}]")),
        _ => [],
    };

    private static void Replace(JsonNode root, string path, JsonNode? value)
    {
        string[] parts = path.Replace("[", ".[", StringComparison.Ordinal).Split('.', StringSplitOptions.RemoveEmptyEntries);
        JsonNode parent = parts[..^1].Aggregate(root, (node, part) => part[0] == '[' ? node[int.Parse(part[1..^1], null)]! : node[part]!);
        if (parts[^1][0] == '[')
        {
            parent[int.Parse(parts[^1][1..^1], null)] = value;
        }
        else
        {
            parent[parts[^1]] = value;
        }
    }
}
