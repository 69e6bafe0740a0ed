using System.Net;
using System.Text.Json.Nodes;
using Sympozium.Abstractions.Events;
using Sympozium.Gateway.Runs;
using Sympozium.Gateway.Tests.Harness;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Gateway.Tests.Runs;

public sealed class RunEventsTests
{
    private static readonly Uri Events = new("api/v1/namespaces/default/agentruns/r/events", UriKind.Relative);

    [Fact]
    public async Task Get_LateSubscriber_SeesTheRunFromItsStartAndResumesById()
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync();
        using HttpClient pod = await gateway.NewPodAsync("r");
        JsonObject run = (await gateway.Kubernetes.GetAsync(SympoziumTypes.AgentRuns, "default", "r", default))!;

        await gateway.SayAsync(run, Topics.RunPhase, new JsonObject { ["phase"] = "Running" });
        await gateway.SayAsync(run, Topics.StatusUpdate, new JsonObject { ["state"] = "thinking", ["round"] = 1 });
        await gateway.TextAsync(run, "hello");
        await gateway.SucceedAsync(run, "hello");
        string all = await gateway.Client.GetStringAsync(Events);
        string[] blocks = all.Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        string[] lines = [.. blocks.Where(block => block.StartsWith("id: ", StringComparison.Ordinal))];

        Assert.Equal(["phase", "status", "chunk", "phase"], lines.Select(line => line.Split('\n')[1]["event: ".Length..]));
        Assert.Equal("""{"type":"text","index":0,"content":"hello"}""", lines[2].Split('\n')[2]["data: ".Length..]);
        using var resume = new HttpRequestMessage(HttpMethod.Get, Events);
        resume.Headers.Add("Last-Event-ID", lines[1].Split('\n')[0]["id: ".Length..]);
        using HttpResponseMessage rest = await gateway.Client.SendAsync(resume);
        Assert.Equal(string.Concat(lines[2..].Select(line => line + "\n\n")), await rest.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Get_RunOverAndUnknownToTheHub_SendsItsPhaseFromTheResource()
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync();
        using HttpClient pod = await gateway.NewPodAsync("r");
        gateway.Kubernetes.SetStatus("default", "r", new JsonObject { ["phase"] = "Failed", ["reason"] = "Timeout", ["error"] = "too slow" });

        Assert.Equal("event: phase\ndata: {\"phase\":\"Failed\",\"reason\":\"Timeout\",\"message\":\"too slow\"}\n\n", await gateway.Client.GetStringAsync(Events));
    }

    [Fact]
    public async Task Get_NoSuchRun_Is404()
    {
        await using GatewayHarness gateway = await GatewayHarness.StartAsync();
        using HttpResponseMessage response = await gateway.Client.GetAsync(Events);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public void Log_MoreThanFits_KeepsTheLatestInOrder()
    {
        var log = new RunLog(3);
        var read = new List<RunEvent>();
        for (int i = 0; i < 7; i++)
        {
            log.Append(new RunEvent(), 1);
        }

        Assert.True(log.ReadAfter(0, read));
        Assert.Equal([5, 6, 7], read.Select(runEvent => runEvent.Sequence));
        Assert.True(log.ReadAfter(6, read));
        Assert.Equal([7], read.Select(runEvent => runEvent.Sequence));
        Assert.False(log.ReadAfter(7, read));
    }
}
