using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds;

namespace Sympozium.LocalCluster.Tests.Kinds;

/// <summary>Kinds and objects that the tests of this folder share.</summary>
internal static class Samples
{
    public static KindDefinition Gadget { get; } = CustomKinds.FromCrd(Parse(GadgetCrd), []).Single();

    public const string GadgetCrd = """
        {
          "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": { "name": "gadgets.test.example.com" },
          "spec": {
            "group": "test.example.com", "scope": "Namespaced", "names": { "plural": "gadgets", "kind": "Gadget", "shortNames": ["gd"] },
            "versions": [ {
              "name": "v1", "served": true, "storage": true, "subresources": { "status": {} },
              "additionalPrinterColumns": [
                { "name": "Count", "type": "integer", "jsonPath": ".spec.count" },
                { "name": "Ready", "type": "string", "jsonPath": ".status.conditions[?(@.type==\"Ready\")].status" },
                { "name": "Born", "type": "date", "jsonPath": ".metadata.creationTimestamp" }
              ],
              "schema": { "openAPIV3Schema": {
                "type": "object", "properties": {
                  "spec": { "type": "object", "required": ["count"], "properties": {
                    "count": { "type": "integer", "minimum": 1, "maximum": 9 },
                    "mode": { "type": "string", "enum": ["fast", "slow"], "default": "slow" },
                    "label": { "type": "string", "minLength": 2, "maxLength": 5, "pattern": "^[a-z]+$" },
                    "note": { "type": "string", "nullable": true },
                    "since": { "type": "string", "format": "date-time" },
                    "port": { "x-kubernetes-int-or-string": true },
                    "tags": { "type": "array", "x-kubernetes-list-type": "set", "maxItems": 3, "items": { "type": "string" } },
                    "parts": { "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"], "items": {
                      "type": "object", "required": ["name"], "properties": { "name": { "type": "string" }, "weight": { "type": "number", "default": 1 } } } },
                    "limits": { "type": "object", "properties": { "cpu": { "type": "string", "default": "1" } } },
                    "free": { "type": "object", "x-kubernetes-preserve-unknown-fields": true, "properties": { "typed": { "type": "boolean" } } }
                  } },
                  "status": { "type": "object", "properties": { "phase": { "type": "string" }, "conditions": {
                    "type": "array", "items": { "type": "object", "x-kubernetes-preserve-unknown-fields": true } } } }
                } } }
            } ]
          }
        }
        """;

    public static KindDefinition Core(string kind) => CoreKinds.All.First(definition => definition.Type.Kind == kind);

    public static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();

    public static JsonObject NewGadget(string spec) => Parse($$"""
        { "apiVersion": "test.example.com/v1", "kind": "Gadget", "metadata": { "name": "g", "namespace": "default" }, "spec": {{spec}} }
        """);

    public static JsonObject NewPod(string spec) =>
        Parse($$"""{ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "p", "namespace": "default" }, "spec": {{spec}} }""");

    public static JsonObject NewJob(string spec) => Parse($$"""
        { "apiVersion": "batch/v1", "kind": "Job", "metadata": { "name": "j", "namespace": "default", "uid": "u-1" }, "spec": {{spec}} }
        """);

    /// <summary>Defaulted, prepared and validated as at creation.</summary>
    public static List<string> Problems(KindDefinition kind, JsonObject obj)
    {
        ObjectPipeline.ApplyDefaults(kind, obj);
        ObjectPipeline.PrepareForCreate(kind, obj);
        return [.. ObjectPipeline.Validate(kind, obj, null).Select(problem => $"{problem.Path}: {problem.Message}").Order(StringComparer.Ordinal)];
    }

    public static void AssertJson(string expected, JsonNode? actual) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), actual), $"expected {expected}\nactual   {actual?.ToJsonString()}");
}
