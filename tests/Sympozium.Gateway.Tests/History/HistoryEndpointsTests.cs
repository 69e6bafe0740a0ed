using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Sympozium.Abstractions;
using Sympozium.Abstractions.History;
using Sympozium.Gateway.Tests.Harness;

namespace Sympozium.Gateway.Tests.History;

public sealed class HistoryEndpointsTests
{
    private static readonly DateTimeOffset At = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Fact]
    public async Task History_OfARun_HasItsEntriesInOrder()
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync();
        await FillAsync(gateway);

        JsonArray entries = (await GetAsync(gateway, "api/v1/namespaces/team/agentruns/report/history"))["entries"]!.AsArray();

        Assert.Equal(["Pending", "Succeeded"], entries.Select(entry => (string?)entry!["phase"]));
        Assert.Equal("""{"phase":"Succeeded"}""", entries[1]!["data"]!.ToJsonString());
        Assert.Equal("2026-01-02T03:04:05.000Z", (string?)entries[0]!["at"]);
        Assert.Single((await GetAsync(gateway, "api/v1/namespaces/team/agentruns/report/history?after=1"))["entries"]!.AsArray());
        Assert.Empty((await GetAsync(gateway, "api/v1/namespaces/team/agentruns/report/history?after=2"))["entries"]!.AsArray());
    }

    [Fact]
    public async Task History_List_FiltersAndTurnsPages()
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync();
        await FillAsync(gateway);

        JsonObject run = Assert.Single((await GetAsync(gateway, "api/v1/history?namespace=team&limit=1"))["runs"]!.AsArray())!.AsObject();

        Assert.Equal("Succeeded", (string?)run["phase"]);
        Assert.Empty((await GetAsync(gateway, $"api/v1/history?before={run["lastAt"]}"))["runs"]!.AsArray());
        Assert.Empty((await GetAsync(gateway, "api/v1/history?instance=nobody"))["runs"]!.AsArray());
    }

    [Fact]
    public async Task Usage_OfAPeriod_IsSummed()
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync();
        await FillAsync(gateway);

        JsonObject usage = await GetAsync(gateway, "api/v1/usage?from=2026-01-01&until=2026-02-01");

        Assert.Equal(
            """[{"namespace":"team","instance":"writer","provider":"openai","model":"gpt","calls":1,"inputTokens":10,"outputTokens":2,"costMicroUsd":0}]""",
            usage["totals"]!.ToJsonString());
        Assert.Empty((await GetAsync(gateway, "api/v1/usage?until=2026-01-01"))["totals"]!.AsArray());
    }

    [Theory]
    [InlineData("api/v1/namespaces/team/agentruns/nobody/history", HttpStatusCode.NotFound, "Nothing is known of a run 'nobody' in namespace 'team'.")]
    [InlineData("api/v1/history?limit=0", HttpStatusCode.BadRequest, "'limit' is '0'; expected a whole number from 1 to 1000.")]
    [InlineData("api/v1/history?before=yesterday", HttpStatusCode.BadRequest, "'before' is 'yesterday'; expected a time such as 2026-01-31T12:00:00Z (RFC 3339).")]
    public async Task History_WrongQuestion_SaysWhatIsWrong(string path, HttpStatusCode status, string message)
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync();

        using HttpResponseMessage answer = await gateway.Client.GetAsync(path);

        Assert.Equal(status, answer.StatusCode);
        Assert.Equal(message, (string?)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["error"]!["message"]);
    }

    private static async Task FillAsync(GatewayHarness gateway)
    {
        var run = new ResourceKey("team", "report");
        await gateway.App.Services.GetRequiredService<IRunHistory>().AppendAsync(
            [
                new RunHistoryEntry(run, "u", "1", At, "agent.run.phase", """{"phase":"Pending"}""") { Phase = "Pending", Instance = "writer" },
                new RunHistoryEntry(run, "u", "2", At.AddSeconds(1), "agent.run.phase", """{"phase":"Succeeded"}""") { Phase = "Succeeded" },
            ],
            default);
        await gateway.App.Services.GetRequiredService<IUsageLedger>().RecordAsync([new UsageEntry("c", run, "writer", "openai", "gpt", At, 10, 2)], default);
    }

    private static async Task<JsonObject> GetAsync(GatewayHarness gateway, string path) =>
        JsonNode.Parse(await gateway.Client.GetStringAsync(path))!.AsObject();
}
