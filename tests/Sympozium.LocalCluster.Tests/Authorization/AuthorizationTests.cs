using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;

namespace Sympozium.LocalCluster.Tests.Authorization;

public sealed class AuthorizationTests(ClusterFixture fixture) : IClassFixture<ClusterFixture>, IDisposable
{
    private readonly ApiCaller _api = new(fixture.Cluster);

    public void Dispose() => _api.Dispose();

    [Theory]
    [InlineData("GET", "configmaps/a", 200)]
    [InlineData("GET", "configmaps/b", 403)]
    [InlineData("GET", "configmaps", 403)]
    [InlineData("GET", "configmaps?fieldSelector=metadata.name%3Da", 200)]
    [InlineData("GET", "configmaps?fieldSelector=metadata.name%3Db", 403)]
    [InlineData("DELETE", "configmaps/a", 403)]
    [InlineData("GET", "pods/a/log", 404)]
    [InlineData("GET", "pods/a", 403)]
    [InlineData("GET", "secrets/a", 403)]
    public async Task Request_OfAServiceAccount_IsAllowedByItsRolesOnly(string method, string path, int code)
    {
        string ns = await fixture.NamespaceAsync();
        await fixture.Client.CreateAsync(CoreTypes.ConfigMaps, Resources.ConfigMap(ns, "a"), default);
        string token = await _api.TokenAsync(ns, "bot");
        await _api.GrantAsync(
            ns, "bot", "r",
            """[{"apiGroups":[""],"resources":["configmaps"],"resourceNames":["a"],"verbs":["get","list"]},{"apiGroups":[""],"resources":["*/log"],"verbs":["get"]}]""");
        ApiAnswer answer = await _api.CallAsync(method, $"/api/v1/namespaces/{ns}/{path}", token: token);
        Assert.Equal(code, answer.Code);
    }

    [Theory]
    [InlineData("GET", "/api/v1/namespaces/NS", "namespaces \"NS\" is forbidden: User \"USER\" cannot get resource \"namespaces\" in API group \"\" in the namespace \"NS\"")]
    [InlineData("GET", "/api/v1/pods?watch=1", "pods is forbidden: User \"USER\" cannot watch resource \"pods\" in API group \"\" at the cluster scope")]
    [InlineData("PATCH", "/apis/batch/v1/namespaces/NS/jobs/j/status", "jobs.batch \"j\" is forbidden: User \"USER\" cannot patch resource \"jobs/status\" in API group \"batch\" in the namespace \"NS\"")]
    [InlineData("GET", "/apis/no.example.com/v9/things", "things.no.example.com is forbidden: User \"USER\" cannot list resource \"things\" in API group \"no.example.com\" at the cluster scope")]
    [InlineData("POST", "/a<b", "forbidden: User \"USER\" cannot post path \"/a&lt;b\"")]
    public async Task Refusal_NamesWhoWhatAndWhere(string method, string path, string message)
    {
        string ns = await fixture.NamespaceAsync();
        string token = await _api.TokenAsync(ns, "bot");
        ApiAnswer answer = await _api.CallAsync(method, path.Replace("NS", ns, StringComparison.Ordinal), method == "GET" ? null : "{}", token);
        Assert.Equal(403, answer.Code);
        Assert.Equal(
            message.Replace("USER", $"system:serviceaccount:{ns}:bot", StringComparison.Ordinal).Replace("NS", ns, StringComparison.Ordinal), answer.Message);
        Assert.Equal("Forbidden", answer.Json["reason"]!.GetValue<string>());
    }

    [Fact]
    public async Task Exec_OverAWebSocket_NeedsMoreThanReading()
    {
        string ns = await fixture.NamespaceAsync();
        string token = await _api.TokenAsync(ns, "bot");
        await _api.GrantAsync(ns, "bot", "r", """[{"apiGroups":[""],"resources":["pods/exec"],"verbs":["get"]}]""");
        ApiAnswer answer = await _api.CallAsync("GET", $"/api/v1/namespaces/{ns}/pods/p/exec?command=ls", token: token);
        Assert.Equal(403, answer.Code);
        Assert.Contains("cannot create resource \"pods/exec\"", answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refusal_WhenABindingNamesNoRole_SaysSo()
    {
        string ns = await fixture.NamespaceAsync();
        string token = await _api.TokenAsync(ns, "bot");
        await _api.BindAsync(ns, "bot", "b", "Role", "ghost");
        ApiAnswer answer = await _api.CallAsync("GET", $"/api/v1/namespaces/{ns}/pods", token: token);
        Assert.EndsWith($"in the namespace \"{ns}\": RBAC: role.rbac.authorization.k8s.io \"ghost\" not found", answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rights_WithdrawnAndGivenAgain_CountAtOnce()
    {
        string ns = await fixture.NamespaceAsync();
        string token = await _api.TokenAsync(ns, "bot");
        await _api.BindAsync(ns, "bot", "b", "ClusterRole", "view");
        Assert.Equal(200, (await _api.CallAsync("GET", $"/api/v1/namespaces/{ns}/pods", token: token)).Code);
        Assert.Equal(403, (await _api.CallAsync("GET", $"/api/v1/namespaces/{ns}/secrets", token: token)).Code);
        Assert.Equal(403, (await _api.CallAsync("GET", "/api/v1/namespaces/default/pods", token: token)).Code);
        await _api.CallAsync("DELETE", $"/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/rolebindings/b");
        Assert.Equal(403, (await _api.CallAsync("GET", $"/api/v1/namespaces/{ns}/pods", token: token)).Code);
    }

    [Fact]
    public async Task ClusterRoles_WithAnAggregationRule_FollowThoseTheySelect()
    {
        string ns = await fixture.NamespaceAsync();
        const string Roles = "/apis/rbac.authorization.k8s.io/v1/clusterroles";
        await _api.CallAsync("POST", Roles, $$$"""
            {"metadata":{"name":"{{{ns}}}-sum"},"rules":[],"aggregationRule":{"clusterRoleSelectors":[{"matchExpressions":[{"key":"part","operator":"In","values":["{{{ns}}}","x"]}]}]}}
            """);
        await _api.CallAsync("POST", Roles, $$$"""
            {"metadata":{"name":"{{{ns}}}-part","labels":{"part":"{{{ns}}}"}},"rules":[{"apiGroups":["example.com"],"resources":["widgets"],"verbs":["get"]}]}
            """);
        ResourceType type = new("rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole", Namespaced: false);
        JsonObject sum = (await fixture.Client.WaitForAsync(type, null, $"{ns}-sum", role => role?["rules"] is JsonArray { Count: 1 }))!;
        Assert.Equal("widgets", sum["rules"]![0]!["resources"]![0]!.GetValue<string>());
        JsonNode owner = sum["metadata"]!["managedFields"]!.AsArray().Single(entry => entry!["operation"]!.GetValue<string>() == "Apply")!;
        Assert.Equal("clusterrole-aggregation-controller", owner["manager"]!.GetValue<string>());
        await _api.CallAsync("DELETE", $"{Roles}/{ns}-part");
        await fixture.Client.WaitForAsync(type, null, $"{ns}-sum", role => role?["rules"] is not JsonArray { Count: > 0 });
    }

    [Fact]
    public async Task Review_OfAnybodysRights_SaysWhichBindingAllows()
    {
        string ns = await fixture.NamespaceAsync();
        await _api.TokenAsync(ns, "bot");
        await _api.BindAsync(ns, "bot", "b", "ClusterRole", "view");
        string question = $$$$"""{"spec":{"user":"system:serviceaccount:{{{{ns}}}}:bot","resourceAttributes":{"namespace":"{{{{ns}}}}","verb":"list","resource":"pods"}}}""";
        foreach (string path in (string[])["/apis/authorization.k8s.io/v1/subjectaccessreviews", $"/apis/authorization.k8s.io/v1/namespaces/{ns}/localsubjectaccessreviews"])
        {
            ApiAnswer answer = await _api.CallAsync("POST", path, question);
            Assert.Equal(201, answer.Code);
            Assert.True(answer.Json["status"]!["allowed"]!.GetValue<bool>());
            Assert.Equal($"RBAC: allowed by RoleBinding \"b/{ns}\" of ClusterRole \"view\" to ServiceAccount \"bot/{ns}\"", answer.Json["status"]!["reason"]!.GetValue<string>());
        }
    }

    [Theory]
    [InlineData("subjectaccessreviews", """{"spec":{"resourceAttributes":{"verb":"get"}}}""", 422, "SubjectAccessReview.authorization.k8s.io \"\" is invalid: spec.user: Invalid value: \"\": at least one of user or group must be specified")]
    [InlineData("selfsubjectaccessreviews", """{"spec":{}}""", 422, "SelfSubjectAccessReview.authorization.k8s.io \"\" is invalid: spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified")]
    [InlineData("selfsubjectrulesreviews", """{"spec":{}}""", 400, "no namespace on request")]
    [InlineData("namespaces/default/localsubjectaccessreviews", """{"spec":{"user":"a","resourceAttributes":{"namespace":"other"}}}""", 400, "spec.resourceAttributes.namespace must match namespace: default")]
    public async Task Review_ThatAsksNothing_IsRefused(string path, string body, int code, string message)
    {
        ApiAnswer answer = await _api.CallAsync("POST", $"/apis/authorization.k8s.io/v1/{path}", body);
        Assert.Equal(code, answer.Code);
        Assert.Equal(message, answer.Message);
    }

    [Fact]
    public async Task CanI_List_ShowsTheRulesOfTheNamespace()
    {
        string ns = await fixture.NamespaceAsync();
        await _api.TokenAsync(ns, "bot");
        await _api.GrantAsync(ns, "bot", "r", """[{"apiGroups":["example.com"],"resources":["widgets"],"resourceNames":["a"],"verbs":["get","list"]}]""");
        var list = await fixture.Kubectl.RunAsync("auth", "can-i", "--list", "-n", ns, $"--as=system:serviceaccount:{ns}:bot");
        Assert.Contains("widgets.example.com [] [a] [get list]", list.Rows);
        Assert.Contains("[/version/] [] [get]", list.Rows);
    }

    [Fact]
    public async Task Reconcile_OfKubectl_CreatesWhatIsMissing()
    {
        string ns = await fixture.NamespaceAsync();
        string file = Path.Combine(Path.GetDirectoryName(fixture.Cluster.TokenPath)!, $"{ns}.yaml");
        await File.WriteAllTextAsync(file, $$$"""
            apiVersion: rbac.authorization.k8s.io/v1
            kind: Role
            metadata: {name: r, namespace: {{{ns}}}}
            rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: RoleBinding
            metadata: {name: r, namespace: {{{ns}}}}
            roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
            subjects: [{kind: User, name: jane, apiGroup: rbac.authorization.k8s.io}]
            """);
        Assert.Contains("role.rbac.authorization.k8s.io/r reconciled", (await fixture.Kubectl.RunAsync("auth", "reconcile", "-f", file)).Success, StringComparison.Ordinal);
        Assert.Equal("yes", (await fixture.Kubectl.RunAsync("auth", "can-i", "get", "pods", "-n", ns, "--as=jane")).Success.Trim());
    }
}
