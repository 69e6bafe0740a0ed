using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Claims;

namespace Sympozium.LocalCluster.Tests.Claims;

/// <summary>Which volume a claim gets, decided without a cluster.</summary>
public sealed class VolumeMatchTests
{
    [Theory]
    [InlineData("{}", "small")]
    [InlineData("""{"resources":{"requests":{"storage":"2Gi"}}}""", "large")]
    [InlineData("""{"resources":{"requests":{"storage":"9Gi"}}}""", null)]
    [InlineData("""{"accessModes":["ReadWriteMany"]}""", "large")]
    [InlineData("""{"accessModes":["ReadWriteOncePod"]}""", null)]
    [InlineData("""{"storageClassName":"fast"}""", "fast")]
    [InlineData("""{"storageClassName":"none"}""", null)]
    [InlineData("""{"volumeMode":"Block"}""", null)]
    [InlineData("""{"selector":{"matchLabels":{"size":"l"}}}""", "large")]
    public void Find_GivesTheSmallestThatHasEverything(string claim, string? expected)
    {
        VolumeFacts[] volumes =
        [
            Volume("large", "5Gi", """{"accessModes":["ReadWriteOnce","ReadWriteMany"]}""", """{"size":"l"}"""),
            Volume("small", "1Gi", "{}", "{}"),
            Volume("fast", "1Gi", """{"storageClassName":"fast"}""", "{}"),
        ];

        Assert.Equal(expected, VolumeMatch.Find(Claim(claim), volumes)?.Name);
    }

    [Theory]
    [InlineData("""{"name":"c","namespace":"n"}""", true)]
    [InlineData("""{"name":"c","namespace":"n","uid":"u"}""", true)]
    [InlineData("""{"name":"c","namespace":"n","uid":"another"}""", false)]
    [InlineData("""{"name":"d","namespace":"n"}""", false)]
    public void Find_AKeptVolume_GoesToItsClaimOnly(string claim, bool isFound)
    {
        VolumeFacts kept = Volume("kept", "5Gi", $$"""{"claimRef":{{claim}} }""", "{}");

        Assert.Equal(isFound ? "kept" : null, VolumeMatch.Find(Claim("{}"), [kept], onlyReserved: true)?.Name);
        Assert.Equal(isFound ? "kept" : "free", VolumeMatch.Find(Claim("{}"), [kept, Volume("free", "6Gi", "{}", "{}")])?.Name);
    }

    private static ClaimFacts Claim(string more) => new(With(
        """{"metadata":{"name":"c","namespace":"n","uid":"u"},"spec":{"accessModes":["ReadWriteOnce"],"volumeMode":"Filesystem","resources":{"requests":{"storage":"1Gi"}}}}""", more));

    private static VolumeFacts Volume(string name, string size, string more, string labels) => new(With(
        $$"""
        {"metadata":{"name":"{{name}}","labels":{{labels}} },"status":{"phase":"Available"},
         "spec":{"accessModes":["ReadWriteOnce"],"volumeMode":"Filesystem","capacity":{"storage":"{{size}}"} } }
        """,
        more));

    private static JsonObject With(string text, string more)
    {
        JsonObject made = JsonNode.Parse(text)!.AsObject();
        foreach ((string name, JsonNode? value) in JsonNode.Parse(more)!.AsObject())
        {
            made["spec"]![name] = value?.DeepClone();
        }

        return made;
    }
}
