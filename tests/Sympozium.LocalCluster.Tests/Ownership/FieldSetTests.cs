using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Ownership;

namespace Sympozium.LocalCluster.Tests.Ownership;

public sealed class FieldSetTests
{
    [Theory]
    [InlineData("""{"f:data":{"f:a":{},"f:b":{}}}""")]
    [InlineData("""{"f:data":{".":{},"f:a":{}}}""")]
    [InlineData("""{"f:spec":{"f:ports":{"k:{\"port\":80,\"protocol\":\"TCP\"}":{".":{},"f:port":{}}}}}""")]
    [InlineData("""{"f:metadata":{"f:finalizers":{".":{},"v:\"a/b\"":{}}}}""")]
    [InlineData("{}")]
    public void Parse_ThenToJson_IsTheSameDocument(string text)
    {
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(text), Parse(text).ToJson()));
    }

    [Theory]
    [InlineData("""{"data":{}}""")]
    [InlineData("""{"f:data":[]}""")]
    [InlineData("""{"x:data":{}}""")]
    public void Parse_OfWhatIsNoFieldSet_IsRefused(string text)
    {
        Assert.Throws<FormatException>(() => Parse(text));
    }

    [Fact]
    public void Union_OfOverlappingSets_HasTheMembersOfBoth()
    {
        FieldSet union = Parse("""{"f:data":{"f:a":{}}}""").Union(Parse("""{"f:data":{".":{},"f:b":{}},"f:x":{}}"""));
        Assert.Equal([".data", ".data.a", ".data.b", ".x"], union.Paths());
    }

    [Fact]
    public void Except_OfAContainer_KeepsWhatIsBelowIt()
    {
        FieldSet set = Parse("""{"f:data":{".":{},"f:a":{},"f:b":{}}}""");
        Assert.Equal([".data.a", ".data.b"], set.Except(Parse("""{"f:data":{}}""")).Paths());
        Assert.Equal([".data"], set.Except(Parse("""{"f:data":{"f:a":{},"f:b":{}}}""")).Paths());
        Assert.True(set.Except(set).IsEmpty);
    }

    [Fact]
    public void Intersect_OfDisjointSets_IsEmpty()
    {
        Assert.True(Parse("""{"f:data":{"f:a":{}}}""").Intersect(Parse("""{"f:data":{"f:b":{}}}""")).IsEmpty);
        Assert.Equal([".data.a"], Parse("""{"f:data":{"f:a":{},"f:b":{}}}""").Intersect(Parse("""{"f:data":{"f:a":{}}}""")).Paths());
    }

    [Fact]
    public void Paths_OfListItems_NameTheirKeysAndValues()
    {
        FieldSet set = Parse("""{"f:spec":{"f:ports":{"k:{\"name\":\"a\",\"port\":80}":{"f:x":{}}},"f:tags":{"v:\"t\"":{}}}}""");
        Assert.Equal([".spec.ports[name=\"a\",port=80].x", ".spec.tags[=\"t\"]"], set.Paths());
    }

    private static FieldSet Parse(string text) => FieldSet.Parse(JsonNode.Parse(text)!.AsObject());
}
