namespace Sympozium.LocalCluster.Tests.Authorization;

public sealed class RoleGuardTests(ClusterFixture fixture) : IClassFixture<ClusterFixture>, IDisposable
{
    private const string Rbac = "/apis/rbac.authorization.k8s.io/v1";
    private const string MayWriteRoles =
        """[{"apiGroups":["rbac.authorization.k8s.io"],"resources":["roles","rolebindings"],"verbs":["create","update","get"]},{"apiGroups":[""],"resources":["pods"],"verbs":["get","list"]}]""";

    private readonly ApiCaller _api = new(fixture.Cluster);

    public void Dispose() => _api.Dispose();

    [Fact]
    public async Task Role_WithRightsThatItsWriterLacks_IsRefusedAndSaysWhich()
    {
        (string ns, string token) = await WriterAsync(MayWriteRoles);
        ApiAnswer answer = await _api.CallAsync("POST", $"{Rbac}/namespaces/{ns}/roles", """
            {"metadata":{"name":"more"},"rules":[{"apiGroups":[""],"resources":["pods","pods/log"],"verbs":["get","delete"]}]}
            """, token);
        Assert.Equal(403, answer.Code);
        Assert.Equal(
            $"roles.rbac.authorization.k8s.io \"more\" is forbidden: user \"system:serviceaccount:{ns}:bot\" (groups=[\"system:serviceaccounts\" \"system:serviceaccounts:{ns}\" \"system:authenticated\"]) is attempting to grant RBAC permissions not currently held:\n"
            + "{APIGroups:[\"\"], Resources:[\"pods\"], Verbs:[\"delete\"]}\n{APIGroups:[\"\"], Resources:[\"pods/log\"], Verbs:[\"get\" \"delete\"]}",
            answer.Message);
    }

    [Fact]
    public async Task Role_WithinTheWritersRights_IsCreatedButNotWidened()
    {
        (string ns, string token) = await WriterAsync(MayWriteRoles);
        const string Own = """{"metadata":{"name":"own"},"rules":[{"apiGroups":[""],"resources":["pods"],"resourceNames":["x"],"verbs":["get"]}]}""";
        Assert.Equal(201, (await _api.CallAsync("POST", $"{Rbac}/namespaces/{ns}/roles", Own, token)).Code);
        Assert.Equal(403, (await _api.CallAsync("PUT", $"{Rbac}/namespaces/{ns}/roles/own", Own.Replace("pods", "secrets", StringComparison.Ordinal), token)).Code);
    }

    [Fact]
    public async Task Binding_ToARoleBeyondTheWritersRights_NeedsTheVerbBind()
    {
        (string ns, string token) = await WriterAsync(MayWriteRoles);
        ApiAnswer refused = await BindAsync(ns, token, "view");
        Assert.Equal(403, refused.Code);
        Assert.Contains("is attempting to grant RBAC permissions not currently held", refused.Message, StringComparison.Ordinal);
        ApiAnswer missing = await BindAsync(ns, token, "ghost");
        Assert.Equal((404, "clusterroles.rbac.authorization.k8s.io \"ghost\" not found"), (missing.Code, missing.Message));
        await _api.GrantAsync(
            ns, "bot", "binder", """[{"apiGroups":["rbac.authorization.k8s.io"],"resources":["clusterroles"],"resourceNames":["view"],"verbs":["bind"]}]""");
        Assert.Equal(201, (await BindAsync(ns, token, "view")).Code);
        Assert.Equal(403, (await BindAsync(ns, token, "edit")).Code);
    }

    [Fact]
    public async Task Role_WithTheVerbEscalate_MayHoldAnything()
    {
        (string ns, string token) = await WriterAsync("""[{"apiGroups":["rbac.authorization.k8s.io"],"resources":["roles"],"verbs":["create","escalate"]}]""");
        const string All = """{"metadata":{"name":"all"},"rules":[{"apiGroups":["*"],"resources":["*"],"verbs":["*"]}]}""";
        Assert.Equal(201, (await _api.CallAsync("POST", $"{Rbac}/namespaces/{ns}/roles", All, token)).Code);
    }

    [Fact]
    public async Task ClusterRole_ThatGathers_NeedsAllRights()
    {
        string ns = await fixture.NamespaceAsync();
        await _api.CallAsync("POST", $"{Rbac}/clusterroles", $$$"""
            {"metadata":{"name":"{{{ns}}}"},"rules":[{"apiGroups":["rbac.authorization.k8s.io"],"resources":["clusterroles"],"verbs":["create"]}]}
            """);
        await _api.CallAsync("POST", $"{Rbac}/clusterrolebindings", $$$"""
            {"metadata":{"name":"{{{ns}}}"},"roleRef":{"kind":"ClusterRole","name":"{{{ns}}}"},"subjects":[{"kind":"User","name":"{{{ns}}}"}]}
            """);
        ApiAnswer answer = await _api.CallAsync(
            "POST", $"{Rbac}/clusterroles", """{"metadata":{"name":"sum"},"rules":[],"aggregationRule":{"clusterRoleSelectors":[{"matchLabels":{"a":"b"}}]}}""",
            headers: $"Impersonate-User: {ns}");
        Assert.Equal(403, answer.Code);
        Assert.Equal("clusterroles.rbac.authorization.k8s.io \"sum\" is forbidden: must have cluster-admin privileges to use an aggregationRule", answer.Message);
    }

    private Task<ApiAnswer> BindAsync(string ns, string token, string role) => _api.CallAsync(
        "POST", $"{Rbac}/namespaces/{ns}/rolebindings",
        $$$"""{"metadata":{"generateName":"b-"},"roleRef":{"kind":"ClusterRole","name":"{{{role}}}"},"subjects":[{"kind":"User","name":"jane"}]}""", token);

    private async Task<(string Namespace, string Token)> WriterAsync(string rules)
    {
        string ns = await fixture.NamespaceAsync();
        string token = await _api.TokenAsync(ns, "bot");
        await _api.GrantAsync(ns, "bot", "writer", rules);
        return (ns, token);
    }
}
