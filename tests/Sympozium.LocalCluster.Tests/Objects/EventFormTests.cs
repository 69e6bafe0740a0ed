using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;

namespace Sympozium.LocalCluster.Tests.Objects;

/// <summary>One Event, written as <c>v1</c> and as <c>events.k8s.io/v1</c>.</summary>
public sealed class EventFormTests(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    private static readonly ResourceType NewEvents = new("events.k8s.io", "v1", "events", "Event");

    [Fact]
    public async Task Event_OfTheNewForm_IsReadInTheOldOne()
    {
        string ns = await fixture.NamespaceAsync();
        JsonObject made = Resources.Make(NewEvents, ns, "e");
        foreach ((string name, JsonNode? value) in JsonNode.Parse($$"""
            {"regarding":{"kind":"Pod","name":"p","namespace":"{{ns}}"},"note":"hello","reason":"Tested","action":"Testing","type":"Normal",
             "reportingController":"example.com/tester","reportingInstance":"one","eventTime":"2020-01-01T00:00:00.000000Z"}
            """)!.AsObject())
        {
            made[name] = value?.DeepClone();
        }

        await fixture.Client.CreateAsync(NewEvents, made, default);
        JsonObject old = (await fixture.Client.GetAsync(CoreTypes.Events, ns, "e", default))!;
        ResourceList listed = await fixture.Client.ListAsync(NewEvents, ns, new ListOptions { FieldSelector = "regarding.name=p" }, default);

        Assert.Equal("v1", (string?)old["apiVersion"]);
        Assert.Equal("p", (string?)old["involvedObject"]!["name"]);
        Assert.Equal("hello", (string?)old["message"]);
        Assert.Equal("example.com/tester", (string?)old["reportingComponent"]);
        Assert.Equal("hello", (string?)Assert.Single(listed.Items)["note"]);
    }

    [Fact]
    public async Task Event_OfTheNewForm_IsMissedAndRepeatedUnderTheNameOfTheStorage()
    {
        string ns = await fixture.NamespaceAsync();
        JsonObject made = JsonNode.Parse($$"""
            {"apiVersion":"events.k8s.io/v1","kind":"Event","metadata":{"name":"e","namespace":"{{ns}}"},"regarding":{"kind":"Pod","name":"p","namespace":"{{ns}}"},"reason":"Tested",
             "action":"Testing","type":"Normal","reportingController":"example.com/tester","reportingInstance":"one","eventTime":"2020-01-01T00:00:00.000000Z"}
            """)!.AsObject();
        await fixture.Client.CreateAsync(NewEvents, made.DeepClone().AsObject(), default);

        KubernetesException again = await Assert.ThrowsAsync<KubernetesException>(() => fixture.Client.CreateAsync(NewEvents, made, default));

        Assert.Equal("events \"e\" already exists", again.Message);
    }

    [Fact]
    public async Task Event_OfTheNewFormWithoutATime_IsRefused()
    {
        string ns = await fixture.NamespaceAsync();
        JsonObject made = Resources.Make(NewEvents, ns, "e");
        made["regarding"] = new JsonObject { ["kind"] = "Pod", ["namespace"] = ns };
        made["type"] = "Odd";

        KubernetesException refused = await Assert.ThrowsAsync<KubernetesException>(() => fixture.Client.CreateAsync(NewEvents, made, default));

        Assert.Equal("Event.events.k8s.io \"e\" is invalid: [eventTime: Required value, type: Invalid value: \"\": has invalid value: Odd]", refused.Message);
    }
}
