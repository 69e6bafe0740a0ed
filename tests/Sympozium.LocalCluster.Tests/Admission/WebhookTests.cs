using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;

namespace Sympozium.LocalCluster.Tests.Admission;

/// <summary>Webhooks that answer: what they are asked, and what their answers do.</summary>
public sealed class WebhookTests(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    [Fact]
    public async Task Creation_IsAskedWithEverythingThatKubernetesSends()
    {
        await using WebhookServer server = await WebhookServer.StartAsync();
        server.Answer("/see", _ => new JsonObject { ["allowed"] = true });
        WebhookRig rig = await WebhookRig.MakeAsync(fixture);
        await rig.ConfigureAsync("validating", rig.Webhook("see.example.com", server, "/see"));

        await fixture.Client.CreateAsync(CoreTypes.ConfigMaps, Resources.ConfigMap(rig.Namespace, "a"), CancellationToken.None);

        JsonObject request = server.Reviews.Single()["request"]!.AsObject();
        Assert.Equal("""{"group":"","version":"v1","kind":"ConfigMap"}""", request["kind"]!.ToJsonString());
        Assert.Equal("""{"group":"","version":"v1","resource":"configmaps"}""", request["requestResource"]!.ToJsonString());
        Assert.Equal("CREATE", request["operation"]!.GetValue<string>());
        Assert.Equal("a", request["name"]!.GetValue<string>());
        Assert.Equal(rig.Namespace, request["namespace"]!.GetValue<string>());
        Assert.Contains("system:masters", request["userInfo"]!["groups"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal("1", request["object"]!["data"]!["value"]!.GetValue<string>());
        Assert.True(request.ContainsKey("oldObject"));
        Assert.Null(request["oldObject"]);
        Assert.False(request["dryRun"]!.GetValue<bool>());
        Assert.Equal("CreateOptions", request["options"]!["kind"]!.GetValue<string>());
    }

    [Fact]
    public async Task Mutation_IsSeenByValidatorsAndStored_AndIsAskedAgainIfNeeded()
    {
        await using WebhookServer server = await WebhookServer.StartAsync();
        server.Answer("/first", review => WebhookServer.Patch([Add("/data/first", Count(review).ToString(System.Globalization.CultureInfo.InvariantCulture))]));
        server.Answer("/second", _ => WebhookServer.Patch([Add("/data/second", "2")]));
        server.Answer("/see", _ => new JsonObject { ["allowed"] = true });
        WebhookRig rig = await WebhookRig.MakeAsync(fixture);
        JsonObject first = rig.Webhook("first.example.com", server, "/first");
        first["reinvocationPolicy"] = "IfNeeded";
        await rig.ConfigureAsync("mutating", first, rig.Webhook("second.example.com", server, "/second"));
        await rig.ConfigureAsync("validating", rig.Webhook("see.example.com", server, "/see"));

        JsonObject created = await fixture.Client.CreateAsync(CoreTypes.ConfigMaps, Resources.ConfigMap(rig.Namespace, "a"), CancellationToken.None);

        // Asked first with one key, then again with what both have added.
        Assert.Equal("""{"value":"1","first":"3","second":"2"}""", created["data"]!.ToJsonString());
        Assert.Equal(4, server.Reviews.Count);
        Assert.Equal(created["data"]!.ToJsonString(), server.Reviews.Last()["request"]!["object"]!["data"]!.ToJsonString());
    }

    [Fact]
    public async Task Denial_CarriesTheWebhooksStatus()
    {
        await using WebhookServer server = await WebhookServer.StartAsync();
        server.Answer("/no", _ => new JsonObject { ["allowed"] = false, ["status"] = new JsonObject { ["code"] = 409, ["reason"] = "Busy", ["message"] = "come back later" } });
        WebhookRig rig = await WebhookRig.MakeAsync(fixture);
        await rig.ConfigureAsync("validating", rig.Webhook("no.example.com", server, "/no"));

        KubernetesException refusal = await rig.RefusedAsync();

        Assert.Equal("admission webhook \"no.example.com\" denied the request: come back later", refusal.Message);
        Assert.Equal("Busy", refusal.Reason);
        Assert.Equal(409, (int)refusal.Code);
    }

    [Theory]
    [InlineData("object.data.value == '1'", true)]
    [InlineData("object.data.value == '2'", false)]
    [InlineData("request.operation == 'CREATE' && request.userInfo.username == 'system:admin'", true)]
    [InlineData("authorizer.group('').resource('configmaps').namespace('default').check('create').allowed() && authorizer.path('/healthz').check('get').allowed()", true)]
    [InlineData("authorizer.serviceAccount('default', 'default').group('').resource('secrets').check('get').allowed()", false)]
    [InlineData("authorizer.requestResource.check('create').allowed()", true)]
    public async Task MatchCondition_DecidesWhetherTheWebhookIsAsked(string expression, bool isAsked)
    {
        await using WebhookServer server = await WebhookServer.StartAsync();
        server.Answer("/see", _ => new JsonObject { ["allowed"] = true });
        WebhookRig rig = await WebhookRig.MakeAsync(fixture);
        JsonObject webhook = rig.Webhook("see.example.com", server, "/see");
        webhook["matchConditions"] = new JsonArray(new JsonObject { ["name"] = "wanted", ["expression"] = expression });
        await rig.ConfigureAsync("validating", webhook);

        await fixture.Client.CreateAsync(CoreTypes.ConfigMaps, Resources.ConfigMap(rig.Namespace, "a"), CancellationToken.None);

        Assert.Equal(isAsked ? 1 : 0, server.Reviews.Count);
    }

    [Fact]
    public async Task MatchCondition_ThatFails_RefusesWithItsExpression()
    {
        await using WebhookServer server = await WebhookServer.StartAsync();
        WebhookRig rig = await WebhookRig.MakeAsync(fixture);
        JsonObject webhook = rig.Webhook("see.example.com", server, "/see");
        webhook["matchConditions"] = new JsonArray(new JsonObject { ["name"] = "broken", ["expression"] = "object.nothing == 'x'" });
        await rig.ConfigureAsync("validating", webhook);

        KubernetesException refusal = await rig.RefusedAsync();

        Assert.Equal("configmaps \"a\" is forbidden: expression 'object.nothing == 'x'' resulted in error: no such key: nothing", refusal.Message);
    }

    [Fact]
    public async Task Configuration_WithWrongParts_IsRefusedWithAllOfThem()
    {
        JsonObject wrong = new()
        {
            ["name"] = "short",
            ["clientConfig"] = new JsonObject { ["url"] = "http://x/y?z=1" },
            ["sideEffects"] = "Some",
            ["admissionReviewVersions"] = new JsonArray("v9"),
            ["timeoutSeconds"] = 31,
            ["rules"] = new JsonArray(new JsonObject { ["operations"] = new JsonArray("READ"), ["apiGroups"] = new JsonArray("*", "x"), ["apiVersions"] = new JsonArray("*") }),
            ["matchConditions"] = new JsonArray(new JsonObject { ["name"] = "c", ["expression"] = "nobody.knows == 1" }),
        };
        WebhookRig rig = await WebhookRig.MakeAsync(fixture);

        KubernetesException refusal = await Assert.ThrowsAsync<KubernetesException>(() => rig.ConfigureAsync("validating", wrong));

        foreach (string part in (string[])
        [
            "webhooks[0].name: Invalid value: \"short\": should be a domain with at least three segments separated by dots",
            "webhooks[0].clientConfig.url: Invalid value: \"http://x/y?z=1\": 'https' is the only allowed URL scheme; desired format: https://host[/path]",
            "webhooks[0].sideEffects: Unsupported value: \"Some\": supported values: \"None\", \"NoneOnDryRun\"",
            "webhooks[0].admissionReviewVersions: Invalid value: [\"v9\"]: must include at least one of v1, v1beta1",
            "webhooks[0].timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds",
            "webhooks[0].rules[0].operations[0]: Unsupported value: \"READ\": supported values: \"*\", \"CONNECT\", \"CREATE\", \"DELETE\", \"UPDATE\"",
            "webhooks[0].rules[0].resources: Required value",
            "undeclared reference to 'nobody'",
        ])
        {
            Assert.Contains(part, refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Service_WithoutReadyPods_IsNamedInTheRefusal()
    {
        WebhookRig rig = await WebhookRig.MakeAsync(fixture);
        await using WebhookServer server = await WebhookServer.StartAsync();
        JsonObject webhook = rig.Webhook("svc.example.com", server, "/x");
        webhook["clientConfig"] = new JsonObject { ["service"] = new JsonObject { ["name"] = "hook", ["namespace"] = rig.Namespace, ["path"] = "/x" } };
        await rig.ConfigureAsync("validating", webhook);

        Assert.Equal(
            $"Internal error occurred: failed calling webhook \"svc.example.com\": failed to call webhook: Post \"https://hook.{rig.Namespace}.svc:443/x?timeout=10s\": service \"hook\" not found",
            (await rig.RefusedAsync()).Message);
    }

    private static JsonObject Add(string path, string value) => new() { ["op"] = "add", ["path"] = path, ["value"] = value };

    private static int Count(JsonObject review) => review["request"]!["object"]!["data"]!.AsObject().Count;
}
