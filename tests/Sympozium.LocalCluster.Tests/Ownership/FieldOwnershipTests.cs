using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Ownership;

namespace Sympozium.LocalCluster.Tests.Ownership;

public sealed class FieldOwnershipTests
{
    private const string Definition = """
        {
          "metadata": {"name": "things.example.com"},
          "spec": {
            "group": "example.com", "scope": "Namespaced",
            "names": {"plural": "things", "singular": "thing", "kind": "Thing", "listKind": "ThingList"},
            "versions": [{
              "name": "v1", "served": true, "storage": true, "subresources": {"status": {}},
              "schema": {"openAPIV3Schema": {"type": "object", "properties": {
                "spec": {"type": "object", "properties": {
                  "size": {"type": "integer"},
                  "tags": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
                  "parts": {"type": "array", "items": {"type": "string"}},
                  "ports": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name", "protocol"],
                    "items": {"type": "object", "properties": {
                      "name": {"type": "string"}, "protocol": {"type": "string", "default": "TCP"}, "port": {"type": "integer"}}}},
                  "whole": {"type": "object", "x-kubernetes-map-type": "atomic", "additionalProperties": {"type": "string"}},
                  "labels": {"type": "object", "additionalProperties": {"type": "string"}},
                  "extra": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}},
                "status": {"type": "object", "properties": {"phase": {"type": "string"}}}}}}
            }]
          }
        }
        """;

    private static readonly KindDefinition Thing = CustomKinds.FromCrd(JsonNode.Parse(Definition)!.AsObject(), []).Single();

    [Fact]
    public void Create_OwnsEveryNodeButWhatTheServerSets()
    {
        JsonObject created = Of("""{"size":1,"tags":["x"],"parts":["p"],"ports":[{"name":"a","protocol":"UDP","port":1}],"whole":{"k":"v"},"labels":{"l":"1"},"extra":{"a":{"b":[1]}}}""");
        created["status"] = new JsonObject { ["phase"] = "P" };
        JsonArray entries = FieldOwnership.Create(Write("me"), created)!;
        AssertFields(
            """
            {"f:spec":{".":{},"f:extra":{".":{},"f:a":{".":{},"f:b":{}}},"f:labels":{".":{},"f:l":{}},"f:parts":{},
            "f:ports":{".":{},"k:{\"name\":\"a\",\"protocol\":\"UDP\"}":{".":{},"f:name":{},"f:port":{},"f:protocol":{}}},
            "f:size":{},"f:tags":{".":{},"v:\"x\"":{}},"f:whole":{}}}
            """,
            entries, "me");
    }

    [Fact]
    public void Update_OfAField_MovesItToTheUpdater()
    {
        JsonObject old = Created("first", """{"size":1,"parts":["p"]}""");
        JsonObject next = Of("""{"size":2,"labels":{"a":"b"}}""");
        JsonArray entries = FieldOwnership.Update(Write("second"), old, next, null)!.AsArray();
        AssertFields("""{"f:spec":{}}""", entries, "first");
        AssertFields("""{"f:spec":{"f:labels":{".":{},"f:a":{}},"f:size":{}}}""", entries, "second");
    }

    [Fact]
    public void Update_ByTheOwner_LeavesItsEntryAndTimeAlone()
    {
        JsonObject old = Created("me", """{"size":1}""");
        JsonNode? entries = FieldOwnership.Update(Write("me") with { Time = "2030-01-01T00:00:00Z" }, old, Of("""{"size":2}"""), null);
        Assert.True(JsonNode.DeepEquals(old["metadata"]!["managedFields"], entries));
    }

    [Fact]
    public void Update_WithOneEmptyEntry_DropsOwnershipUntilTheNextApply()
    {
        JsonObject old = Created("me", """{"size":1}""");
        Assert.Null(FieldOwnership.Update(Write("me"), old, Of("""{"size":2}"""), JsonNode.Parse("[{}]")));
        Assert.NotNull(FieldOwnership.Update(Write("me"), old, Of("""{"size":2}"""), JsonNode.Parse("[]")));

        JsonObject free = Of("""{"size":1}""");
        Assert.Null(FieldOwnership.Update(Write("me"), free, Of("""{"size":2}"""), null));
        FieldConflictException conflict = Assert.Throws<FieldConflictException>(() => FieldOwnership.Apply(Write("applier"), free, Of("""{"size":2}"""), force: false));
        Assert.Equal("Apply failed with 1 conflict: conflict with \"before-first-apply\" using example.com/v1: .spec.size", conflict.Message);
    }

    [Fact]
    public void Update_ByManyManagers_PutsTheOldestTogether()
    {
        JsonObject thing = Created("m0", """{"size":0}""");
        for (int i = 1; i < 14; i++)
        {
            JsonObject next = thing.DeepClone().AsObject();
            (next["spec"]!["labels"] ??= new JsonObject())[$"l{i}"] = "x";
            JsonNode? entries = FieldOwnership.Update(Write($"m{i}") with { Time = $"2026-01-01T00:00:{i:00}Z" }, thing, next, null);
            next["metadata"]!["managedFields"] = entries;
            thing = next;
        }

        JsonArray all = thing["metadata"]!["managedFields"]!.AsArray();
        Assert.Equal(10, all.Count);
        Assert.Single(all, entry => (string?)entry!["manager"] == "ancient-changes");
    }

    [Fact]
    public void Apply_OfKeyedLists_MergesByKeysWithTheirDefaults()
    {
        JsonObject live = Applied(null, "a", """{"ports":[{"name":"x","port":1},{"name":"y","port":2}],"tags":["one"]}""");
        JsonObject both = Applied(live, "b", """{"ports":[{"name":"z","port":3}],"tags":["two"]}""");
        Assert.Equal("""{"ports":[{"name":"x","port":1},{"name":"y","port":2},{"name":"z","port":3}],"tags":["one","two"]}""", Spec(both));
        JsonObject less = Applied(both, "a", """{"ports":[{"name":"y","port":2}]}""");
        Assert.Equal("""{"ports":[{"name":"y","port":2},{"name":"z","port":3}],"tags":["two"]}""", Spec(less));
        AssertFields("""{"f:spec":{"f:ports":{"k:{\"name\":\"y\",\"protocol\":\"TCP\"}":{".":{},"f:name":{},"f:port":{}}}}}""", Entries(less), "a");
    }

    [Fact]
    public void Apply_OfAtomicValues_OwnsAndReplacesThemWhole()
    {
        JsonObject live = Applied(null, "a", """{"whole":{"k":"1","l":"2"},"parts":["p","q"]}""");
        FieldConflictException conflict = Assert.Throws<FieldConflictException>(
            () => FieldOwnership.Apply(Write("b"), live, Of("""{"whole":{"k":"1"},"parts":["r"]}"""), force: false));
        Assert.Equal("Apply failed with 2 conflicts: conflicts with \"a\":\n- .spec.parts\n- .spec.whole", conflict.Message);
        AppliedFields forced = FieldOwnership.Apply(Write("b"), live, Of("""{"whole":{"k":"1"},"parts":["r"]}"""), force: true);
        Assert.Equal("""{"whole":{"k":"1"},"parts":["r"]}""", Spec(forced.Resource));
        Assert.Equal("b", Assert.Single(forced.ManagedFields!)!["manager"]!.GetValue<string>());
    }

    [Fact]
    public void Apply_OfTheSameValue_IsSharedAndSurvivesOneOwner()
    {
        JsonObject live = Applied(Applied(null, "a", """{"size":1,"labels":{"x":"1"}}"""), "b", """{"size":1}""");
        JsonObject left = Applied(live, "a", """{"labels":{"x":"1"}}""");
        Assert.Equal("""{"size":1,"labels":{"x":"1"}}""", Spec(left));
        JsonObject gone = Applied(left, "b", "{}");
        Assert.Equal("""{"labels":{"x":"1"}}""", Spec(gone));
    }

    [Fact]
    public void Apply_TwiceTheSame_ChangesNothing()
    {
        JsonObject live = Applied(null, "a", """{"size":1,"extra":{"deep":{"er":[1,2]}},"tags":["x"]}""");
        AppliedFields again = FieldOwnership.Apply(
            Write("a") with { Time = "2030-01-01T00:00:00Z" }, live, Of("""{"size":1,"extra":{"deep":{"er":[1,2]}},"tags":["x"]}"""), force: false);
        Assert.True(JsonNode.DeepEquals(live["spec"], again.Resource["spec"]));
        Assert.True(JsonNode.DeepEquals(Entries(live), again.ManagedFields));
    }

    [Fact]
    public void Apply_ThatReordersAList_TakesTheAppliedOrder()
    {
        JsonObject live = Applied(Applied(null, "a", """{"tags":["x","y"]}"""), "b", """{"tags":["mine"]}""");
        Assert.Equal("""{"tags":["y","x","mine"]}""", Spec(Applied(live, "a", """{"tags":["y","x"]}""")));
    }

    [Theory]
    [InlineData("""{"nope":1}""", ".spec.nope: field not declared in schema")]
    [InlineData("""{"ports":[{"name":"a","nope":1}]}""", ".spec.ports[name=\"a\",protocol=\"TCP\"].nope: field not declared in schema")]
    [InlineData("""{"ports":[{"name":"a"},{"name":"a","protocol":"TCP"}]}""", ".spec.ports: duplicate entries for key [name=\"a\",protocol=\"TCP\"]")]
    [InlineData("""{"ports":[{"protocol":"TCP"}]}""",
        ".spec.ports: element 0: associative list with keys has an element that omits key field \"name\" (and doesn't have default value)")]
    [InlineData("""{"ports":"a","nope":1}""", "errors:\n  .spec.ports: expected list, got &{a}\n  .spec.nope: field not declared in schema")]
    [InlineData("""{"extra":{"any":{"thing":1}},"labels":{"l":"1"}}""", null)]
    public void Mistakes_OfAnAppliedDocument_AreToldAsTheServerTellsThem(string spec, string? expected) =>
        Assert.Equal(expected, FieldMistakes.Find(FieldTree.Root(Thing), Of(spec)));

    private static FieldWrite Write(string manager) => new(Thing, manager, null, "2026-01-01T00:00:00Z");

    private static JsonObject Of(string spec) => JsonNode.Parse(
        $$$"""{"apiVersion":"example.com/v1","kind":"Thing","metadata":{"name":"t","namespace":"n"},"spec":{{{spec}}}}""")!.AsObject();

    private static JsonObject Created(string manager, string spec)
    {
        JsonObject created = Of(spec);
        created["metadata"]!["managedFields"] = FieldOwnership.Create(Write(manager), created);
        return created;
    }

    private static JsonObject Applied(JsonObject? live, string manager, string spec)
    {
        AppliedFields applied = FieldOwnership.Apply(Write(manager), live, Of(spec), force: false);
        JsonObject metadata = applied.Resource["metadata"]!.AsObject();
        metadata.Remove("managedFields");
        metadata["managedFields"] = applied.ManagedFields;
        return applied.Resource;
    }

    private static JsonArray Entries(JsonObject resource) => resource["metadata"]!["managedFields"]!.AsArray();

    private static string Spec(JsonObject resource) => resource["spec"]!.ToJsonString();

    private static void AssertFields(string expected, JsonArray entries, string manager)
    {
        JsonNode entry = Assert.Single(entries, entry => (string?)entry!["manager"] == manager)!;
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), entry["fieldsV1"]), entry["fieldsV1"]!.ToJsonString());
    }
}
