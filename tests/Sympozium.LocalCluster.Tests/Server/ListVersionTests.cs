using System.Net;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;

namespace Sympozium.LocalCluster.Tests.Server;

/// <summary>Which version of a collection a list is of, and in which form it comes.</summary>
public sealed class ListVersionTests(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    [Theory]
    [InlineData("resourceVersion=RV&resourceVersionMatch=Exact", "a")]
    [InlineData("resourceVersion=RV&limit=10", "a")]
    [InlineData("resourceVersion=RV&resourceVersionMatch=NotOlderThan", "b")]
    [InlineData("resourceVersion=RV", "b")]
    [InlineData("resourceVersion=0&limit=10", "b")]
    public async Task List_OfAnOldVersion_IsExactWhenAskedFor(string query, string expected)
    {
        string ns = await fixture.NamespaceAsync();
        JsonObject first = await fixture.Client.CreateAsync(CoreTypes.ConfigMaps, Resources.ConfigMap(ns, "x", "a"), CancellationToken.None);
        await fixture.Client.ReplaceAsync(CoreTypes.ConfigMaps, Resources.ConfigMap(ns, "x", "b"), null, CancellationToken.None);

        JsonObject list = await GetAsync($"/api/v1/namespaces/{ns}/configmaps?{query.Replace("RV", first.Version(), StringComparison.Ordinal)}&labelSelector=!kube", HttpStatusCode.OK);

        JsonNode item = list["items"]!.AsArray().Single(item => item!["metadata"]!["name"]!.GetValue<string>() == "x")!;
        Assert.Equal(expected, item["data"]!["value"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("resourceVersionMatch=Exact", "Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided")]
    [InlineData("resourceVersionMatch=Exact&resourceVersion=0", "Forbidden: resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"")]
    [InlineData("resourceVersionMatch=Newest&resourceVersion=1", "Unsupported value: \"Newest\": supported values: \"\", \"Exact\", \"NotOlderThan\"")]
    [InlineData("resourceVersionMatch=Exact&resourceVersion=1&continue=x", "Forbidden: resourceVersionMatch is forbidden when continue is provided")]
    [InlineData("sendInitialEvents=true", "Forbidden: sendInitialEvents is forbidden for list")]
    public async Task List_WithOptionsThatContradict_IsInvalid(string query, string expected)
    {
        JsonObject status = await GetAsync($"/api/v1/configmaps?{query}", HttpStatusCode.UnprocessableEntity);

        Assert.Equal(expected, status["details"]!["causes"]![0]!["message"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("application/yaml;q=0.5, application/json;q=0.9", "application/json")]
    [InlineData("application/json;q=0.1, application/yaml", "application/yaml")]
    [InlineData("application/vnd.kubernetes.protobuf", "application/vnd.kubernetes.protobuf")]
    [InlineData("text/html, */*;q=0.1", "application/json")]
    public async Task Accept_WithQualities_TakesTheMostWanted(string accept, string expected)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, "/api/v1/namespaces/default");
        request.Headers.TryAddWithoutValidation("Accept", accept);
        using HttpResponseMessage response = await fixture.Http.SendAsync(request);
        Assert.Equal(expected, response.Content.Headers.ContentType!.MediaType);
    }

    private async Task<JsonObject> GetAsync(string path, HttpStatusCode code)
    {
        using HttpResponseMessage response = await fixture.Http.GetAsync(path);
        string body = await response.Content.ReadAsStringAsync();
        Assert.True(code == response.StatusCode, body);
        return JsonNode.Parse(body)!.AsObject();
    }
}
