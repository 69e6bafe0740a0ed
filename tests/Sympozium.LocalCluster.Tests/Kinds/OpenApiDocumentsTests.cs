using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds;

namespace Sympozium.LocalCluster.Tests.Kinds;

public sealed class OpenApiDocumentsTests
{
    [Fact]
    public void V3_EveryGroup_ResolvesAllItsReferences()
    {
        foreach ((string group, string version) in CoreKinds.All.Select(kind => (kind.Type.Group, kind.Type.Version)).Distinct())
        {
            JsonObject document = Parse(OpenApiDocuments.V3(group, version, CoreKinds.All));
            JsonObject schemas = document["components"]!["schemas"]!.AsObject();

            Assert.All(References(document), reference => Assert.True(schemas.ContainsKey(reference.Split('/')[^1]), reference));
        }
    }

    private static JsonObject Parse(byte[]? json) => JsonNode.Parse(json)!.AsObject();

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject map => map.SelectMany(pair => pair.Key == "$ref" && pair.Value is JsonValue ? [pair.Value.GetValue<string>()] : References(pair.Value)),
        JsonArray list => list.SelectMany(References),
        _ => [],
    };
}
