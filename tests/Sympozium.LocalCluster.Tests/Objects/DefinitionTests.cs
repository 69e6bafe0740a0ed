using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;

namespace Sympozium.LocalCluster.Tests.Objects;

/// <summary>CustomResourceDefinitions as objects: their status, their names, and what becomes of what is stored.</summary>
public sealed class DefinitionTests(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    private static readonly ResourceType Definitions = CoreTypes.CustomResourceDefinitions;

    private IKubernetesClient Client => fixture.Client;

    [Fact]
    public async Task Creation_AnswersAsWritten_AndIsEstablishedByTheServer()
    {
        JsonObject created = await Client.CreateAsync(Definitions, Make("plain", "things", "Thing"), CancellationToken.None);

        Assert.Null(created["status"]!["conditions"]);
        JsonObject stored = (await Client.GetAsync(Definitions, null, "things.plain.example.com", CancellationToken.None))!;
        Assert.Equal(["NamesAccepted=True", "Established=True"], Conditions(stored));
        JsonNode owner = stored["metadata"]!["managedFields"]!.AsArray().Single(entry => entry!["subresource"] is not null)!;
        Assert.Equal("kube-apiserver", owner["manager"]!.GetValue<string>());
    }

    [Fact]
    public async Task SharedShortName_IsRefusedToTheSecond_UntilTheFirstGoes()
    {
        await Client.CreateAsync(Definitions, Make("names", "firsts", "First", "same"), CancellationToken.None);
        await Client.CreateAsync(Definitions, Make("names", "seconds", "Second", "same"), CancellationToken.None);
        JsonObject second = (await Client.GetAsync(Definitions, null, "seconds.names.example.com", CancellationToken.None))!;
        Assert.Equal(["NamesAccepted=False", "Established=False"], Conditions(second));
        Assert.Equal("\"same\" is already in use", second["status"]!["conditions"]![0]!["message"]!.GetValue<string>());
        ResourceType seconds = new("names.example.com", "v1", "seconds", "Second");
        KubernetesException refusal = await Assert.ThrowsAsync<KubernetesException>(
            () => Client.CreateAsync(seconds, Resources.Make(seconds, "default", "a"), CancellationToken.None));
        Assert.True(refusal.IsNotFound);

        await Client.DeleteAsync(Definitions, null, "firsts.names.example.com", DeleteOptions.Background, CancellationToken.None);

        await Client.WaitForAsync(Definitions, null, "seconds.names.example.com", now => Conditions(now!).Contains("Established=True"));
        Assert.NotNull(await Client.CreateAsync(seconds, Resources.Make(seconds, "default", "a"), CancellationToken.None));
    }

    [Fact]
    public async Task NewDefault_IsReadInOldObjects_AndRemovedFieldsAreGone()
    {
        JsonObject definition = Make("reads", "gauges", "Gauge");
        SetProperties(definition, """{"old":{"type":"string"}}""");
        await Client.CreateAsync(Definitions, definition, CancellationToken.None);
        ResourceType gauges = new("reads.example.com", "v1", "gauges", "Gauge");
        JsonObject gauge = Resources.Make(gauges, "default", "a");
        gauge["spec"] = new JsonObject { ["old"] = "1" };
        await Client.CreateAsync(gauges, gauge, CancellationToken.None);

        JsonObject changed = (await Client.GetAsync(Definitions, null, "gauges.reads.example.com", CancellationToken.None))!;
        SetProperties(changed, """{"fresh":{"type":"string","default":"new"}}""");
        await Client.ReplaceAsync(Definitions, changed, null, CancellationToken.None);

        JsonObject read = (await Client.GetAsync(gauges, "default", "a", CancellationToken.None))!;
        Assert.Equal("""{"fresh":"new"}""", read["spec"]!.ToJsonString());
        ResourceList listed = await Client.ListAsync(gauges, "default", new ListOptions(), CancellationToken.None);
        Assert.Equal("""{"fresh":"new"}""", Assert.Single(listed.Items)["spec"]!.ToJsonString());
    }

    [Fact]
    public async Task ConversionWebhook_IsRefusedRatherThanIgnored()
    {
        JsonObject definition = Make("converts", "things", "Thing");
        definition["spec"]!["conversion"] = new JsonObject { ["strategy"] = "Webhook" };

        KubernetesException refusal = await Assert.ThrowsAsync<KubernetesException>(() => Client.CreateAsync(Definitions, definition, CancellationToken.None));

        Assert.Contains("the local cluster does not call conversion webhooks", refusal.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Conditions(JsonObject definition) =>
        (definition["status"]?["conditions"] as JsonArray ?? []).Select(condition => $"{condition!["type"]}={condition["status"]}");

    private static void SetProperties(JsonObject definition, string properties) =>
        definition["spec"]!["versions"]![0]!["schema"]!["openAPIV3Schema"]!["properties"]!["spec"]!["properties"] = JsonNode.Parse(properties);

    private static JsonObject Make(string group, string plural, string kind, params string[] shortNames) => new()
    {
        ["apiVersion"] = Definitions.ApiVersion,
        ["kind"] = Definitions.Kind,
        ["metadata"] = new JsonObject { ["name"] = $"{plural}.{group}.example.com" },
        ["spec"] = new JsonObject
        {
            ["group"] = $"{group}.example.com",
            ["scope"] = "Namespaced",
            ["names"] = new JsonObject { ["plural"] = plural, ["kind"] = kind, ["shortNames"] = new JsonArray([.. shortNames.Select(name => (JsonNode)name)]) },
            ["versions"] = new JsonArray(new JsonObject
            {
                ["name"] = "v1",
                ["served"] = true,
                ["storage"] = true,
                ["schema"] = JsonNode.Parse("""{"openAPIV3Schema":{"type":"object","properties":{"spec":{"type":"object"}}}}"""),
            }),
        },
    };
}
