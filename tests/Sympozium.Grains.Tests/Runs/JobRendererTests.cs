using System.Text.Json.Nodes;
using Sympozium.Abstractions.Events;
using Sympozium.Grains.Runs;
using Sympozium.Grains.Tests.Support;
using Sympozium.Kubernetes.Manifests;
using Sympozium.Testing;

namespace Sympozium.Grains.Tests.Runs;

/// <summary>A folder per case: <c>in.yaml</c> holds the resources, <c>job.yaml</c> the Job, <c>rest.yaml</c> everything else that is created.</summary>
public sealed class JobRendererTests
{
    private static readonly string Folder = Path.Combine(RepositoryRoot.Path, "tests", "Sympozium.Grains.Tests", "testassets", "jobs");

    public static TheoryData<string> Cases => [.. Directory.GetDirectories(Folder).Select(folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Objects_OfACase_AreTheGoldenOnes(string name)
    {
        RenderedRun rendered = Render(name);
        GoldenFile.Check(Path.Combine(Folder, name, "job.yaml"), YamlWriter.Write(rendered.Job));
        GoldenFile.Check(
            Path.Combine(Folder, name, "rest.yaml"),
            string.Join("---\n", rendered.Skills.Prepend(rendered.Token).Prepend(rendered.Input).Select(resource => YamlWriter.Write(resource))));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Pod_OfAnyCase_IsHardenedAndHasNoProviderKey(string name)
    {
        RenderedRun rendered = Render(name);
        JsonNode pod = rendered.Job["spec"]!["template"]!["spec"]!;
        Assert.Equal("false", pod["automountServiceAccountToken"]!.ToJsonString());
        Assert.Equal("true", pod["securityContext"]!["runAsNonRoot"]!.ToJsonString());
        foreach (JsonNode? container in pod["initContainers"]!.AsArray().Concat(pod["containers"]!.AsArray()))
        {
            JsonNode hardening = container!["securityContext"]!;
            Assert.Equal("""{"allowPrivilegeEscalation":false,"readOnlyRootFilesystem":true,"capabilities":{"drop":["ALL"]}}""", hardening.ToJsonString());
            Assert.All(
                container["env"]!.AsArray().Where(variable => variable!["valueFrom"] is not null),
                variable => Assert.Equal(RunObjectNames.Token((string)rendered.Job["metadata"]!["annotations"]!["sympozium.ai/agent-run"]!), (string?)variable!["valueFrom"]!["secretKeyRef"]!["name"]));
        }
    }

    [Fact]
    public void Variables_OfTheUser_CannotReplaceTheRunsIdentity()
    {
        // Admission and planner refuse such names; the renderer does not rely on them.
        var env = new Dictionary<string, string> { ["AGENT_RUN_ID"] = "other", ["OPENAI_BASE_URL"] = "http://elsewhere", ["MINE"] = "x" };
        RunPlan plan = RunPlanner.Plan(Inputs.With()).Plan! with { Env = env };
        JsonObject job = JobRenderer.Render(plan, "t", null, new JobRenderOptions { GatewayUrl = "http://gateway" }).Job;
        JsonObject[] variables = [.. job["spec"]!["template"]!["spec"]!["containers"]![0]!["env"]!.AsArray().OfType<JsonObject>()];
        Assert.Equal(variables.Length, variables.Select(variable => (string)variable["name"]!).Distinct().Count());
        Assert.Equal("hello", (string?)variables.Single(variable => (string?)variable["name"] == "AGENT_RUN_ID")["value"]);
        Assert.Equal("http://gateway/broker/v1", (string?)variables.Single(variable => (string?)variable["name"] == "OPENAI_BASE_URL")["value"]);
        Assert.Equal("MINE", (string?)variables[^1]["name"]);
    }

    [Fact]
    public void Bridge_OfABusWithAnAuthorityOfItsOwn_GetsItAsAFile()
    {
        RenderedRun rendered = Render("network-gateway-bus", "-----BEGIN CERTIFICATE-----");

        JsonNode pod = rendered.Job["spec"]!["template"]!["spec"]!;
        Assert.Equal("LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t", (string?)rendered.Token["data"]!["bus-ca.crt"]);
        JsonNode bridge = Assert.Single(pod["initContainers"]!.AsArray(), container => (string?)container!["name"] == "ipc-bridge")!;
        Assert.Contains("""{"name":"EVENT_BUS_CA","value":"/run/secrets/sympozium-bus/bus-ca.crt"}""", bridge["env"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Contains("""{"key":"bus-ca.crt","path":"bus-ca.crt"}""", pod["volumes"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain("EVENT_BUS_CA", pod["containers"]!.ToJsonString(), StringComparison.Ordinal);
    }

    private static RenderedRun Render(string name, string? authority = null)
    {
        string text = File.ReadAllText(Path.Combine(Folder, name, "in.yaml"));
        PlanResult result = RunPlanner.Plan(Inputs.Read(text));
        Assert.Empty(result.Problems);
        bool network = text.StartsWith("# network gateway", StringComparison.Ordinal);
        var options = new JobRenderOptions { GatewayUrl = "http://gateway.test:8080", GatewaySocketDirectory = network ? null : "/data/gateway" };
        PodBusAccess? bus = text.StartsWith("# network gateway, bus", StringComparison.Ordinal) ? new PodBusAccess("nats://nats.test:4222", "credentials", authority) : null;
        return JobRenderer.Render(result.Plan!, "signed-token", bus, options);
    }
}
