using System.Globalization;
using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Kinds.Printing;

namespace Sympozium.LocalCluster.Tests.Kinds;

public sealed class TablesTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.Parse("2026-01-02T00:00:00Z", CultureInfo.InvariantCulture);

    [Theory]
    [InlineData(-5, "<invalid>")]
    [InlineData(0, "0s")]
    [InlineData(119, "119s")]
    [InlineData(120, "2m")]
    [InlineData(125, "2m5s")]
    [InlineData(660, "11m")]
    [InlineData(3 * 3600, "3h")]
    [InlineData((3 * 3600) + 660, "3h11m")]
    [InlineData(47 * 3600, "47h")]
    [InlineData(50 * 3600, "2d2h")]
    [InlineData(9 * 86400, "9d")]
    [InlineData(800 * 86400, "2y70d")]
    [InlineData(4000 * 86400, "10y")]
    public void Ages_AreThoseOfKubectl(int seconds, string expected) => Assert.Equal(expected, Ages.Show(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData("""{"phase":"Pending"}""", "0/1", "Pending", "0")]
    [InlineData("""{"phase":"Failed","reason":"Evicted"}""", "0/1", "Evicted", "0")]
    [InlineData("""{"phase":"Running","containerStatuses":[{"name":"c","ready":true,"restartCount":0,"state":{"running":{}}}]}""", "1/1", "Running", "0")]
    [InlineData("""{"phase":"Succeeded","containerStatuses":[{"name":"c","state":{"terminated":{"exitCode":0,"reason":"Completed"}}}]}""", "0/1", "Completed", "0")]
    [InlineData("""{"phase":"Failed","containerStatuses":[{"name":"c","state":{"terminated":{"exitCode":3}}}]}""", "0/1", "ExitCode:3", "0")]
    [InlineData("""{"phase":"Failed","containerStatuses":[{"name":"c","state":{"terminated":{"exitCode":137,"signal":9}}}]}""", "0/1", "Signal:9", "0")]
    [InlineData(
        """{"phase":"Running","containerStatuses":[{"name":"c","restartCount":2,"state":{"waiting":{"reason":"CrashLoopBackOff"}},"lastState":{"terminated":{"finishedAt":"2026-01-01T23:59:00Z"}}}]}""",
        "0/1", "CrashLoopBackOff", "2 (60s ago)")]
    public void Pod_IsSummedUpInALine(string status, string ready, string word, string restarts)
    {
        JsonObject pod = Samples.NewPod("""{"containers":[{"name":"c"}]}""");
        pod["status"] = JsonNode.Parse(status);

        Assert.Equal(["p", ready, word, restarts], Cells(Samples.Core("Pod"), pod).Take(4));
    }

    [Theory]
    [InlineData("""[{"name":"i","state":{"running":{}}},{"name":"s","state":{"waiting":{"reason":"PodInitializing"}}}]""", "0/2", "Init:0/2")]
    [InlineData("""[{"name":"i","state":{"terminated":{"exitCode":1,"reason":"Error"}}}]""", "0/2", "Init:Error")]
    [InlineData("""[{"name":"i","state":{"terminated":{"exitCode":0}}},{"name":"s","started":true,"ready":true,"state":{"running":{}}}]""", "1/2", "Pending")]
    public void Pod_InitContainers_ShowHowFarTheyAre(string statuses, string ready, string word)
    {
        JsonObject pod = Samples.NewPod("""{"initContainers":[{"name":"i"},{"name":"s","restartPolicy":"Always"}],"containers":[{"name":"c"}]}""");
        pod["status"] = new JsonObject { ["phase"] = "Pending", ["initContainerStatuses"] = JsonNode.Parse(statuses) };

        Assert.Equal([ready, word], Cells(Samples.Core("Pod"), pod).Skip(1).Take(2));
    }

    [Theory]
    [InlineData("""{"completions":3}""", """{"startTime":"2026-01-01T23:58:00Z","succeeded":1}""", "Running", "1/3", "2m")]
    [InlineData("""{"parallelism":2}""", """{"conditions":[{"type":"Suspended","status":"True"}]}""", "Suspended", "0/1 of 2", "")]
    [InlineData("""{"completions":1}""",
        """{"startTime":"2026-01-01T00:00:00Z","completionTime":"2026-01-01T00:00:07Z","succeeded":1,"conditions":[{"type":"Complete","status":"True"}]}""",
        "Complete", "1/1", "7s")]
    public void Job_ShowsStatusCompletionsAndDuration(string spec, string status, string word, string completions, string duration)
    {
        JsonObject job = Samples.NewJob(spec);
        job["status"] = JsonNode.Parse(status);

        Assert.Equal(["j", word, completions, duration], Cells(Samples.Core("Job"), job).Take(4));
    }

    [Fact]
    public void Custom_ColumnsFollowTheDefinition()
    {
        JsonObject gadget = Samples.NewGadget("""{"count":3}""");
        gadget["metadata"]!["creationTimestamp"] = "2026-01-01T23:59:30Z";
        gadget["status"] = Samples.Parse("""{"conditions":[{"type":"Other","status":"x"},{"type":"Ready","status":"True"}]}""");

        JsonObject table = Tables.Render(Samples.Gadget, [gadget, Samples.NewGadget("{}")], "7", "None", Now);

        Assert.Equal(["Name", "Count", "Ready", "Born"], table["columnDefinitions"]!.AsArray().Select(column => column!["name"]!.GetValue<string>()));
        Samples.AssertJson("""["g",3,"True","30s"]""", table["rows"]![0]!["cells"]);
        Samples.AssertJson("""["g",null,null,null]""", table["rows"]![1]!["cells"]);
        Assert.Null(table["rows"]![0]!["object"]);
    }

    [Theory]
    [InlineData(".a.b", "1")]
    [InlineData(".l[1]", "y")]
    [InlineData(".l[-1]", "y")]
    [InlineData("['a'].b", "1")]
    [InlineData(".m['x.y/z']", "2")]
    [InlineData(@".m.x\.y/z", "2")]
    [InlineData(".c[?(@.t=='B')].v", "4")]
    [InlineData(".c[?(@.n>1)].v", "4")]
    [InlineData(".l[*]", "x")]
    [InlineData(".none.b", null)]
    [InlineData(".l[5]", null)]
    [InlineData(".a['x','b']", "1")]
    [InlineData(".a['x', 'y']", null)]
    public void JsonPath_FindsTheFirstValue(string path, string? expected)
    {
        JsonObject root = Samples.Parse("""{"a":{"b":"1"},"l":["x","y"],"m":{"x.y/z":"2"},"c":[{"t":"A","v":"3","n":1},{"t":"B","v":"4","n":2}]}""");

        Assert.Equal(expected, JsonPath.TryParse(path)!.Find(root).FirstOrDefault()?.GetValue<string>());
    }

    private static IEnumerable<string> Cells(KindDefinition kind, JsonObject item) =>
        Tables.Render(kind, [item], "1", "None", Now)["rows"]![0]!["cells"]!.AsArray().Select(cell => cell?.ToString() ?? "");
}
