using System.Text.Json.Nodes;
using Sympozium.Cli.Applying;

namespace Sympozium.Cli.Tests.Applying;

public sealed class ThreeWayMergeTests
{
    [Theory]
    [InlineData("{}", "{\"a\":1}", "{\"a\":1,\"x\":2}", "{}")]
    [InlineData("{\"b\":1}", "{\"a\":1}", "{\"a\":2,\"b\":1,\"x\":2}", "{\"a\":1,\"b\":null}")]
    [InlineData("{\"b\":1}", "{}", "{\"x\":2}", "{}")]
    [InlineData("{\"m\":{\"gone\":1,\"kept\":1}}", "{\"m\":{\"kept\":1}}", "{\"m\":{\"gone\":1,\"kept\":1,\"foreign\":1}}", "{\"m\":{\"gone\":null}}")]
    [InlineData("{}", "{\"l\":[1,2]}", "{\"l\":[1]}", "{\"l\":[1,2]}")]
    [InlineData("{}", "{\"a\":null}", "{\"a\":1}", "{\"a\":null}")]
    public void Patch_ChangesWhatIsWanted_DeletesWhatIsLeftOut_KeepsTheRest(string original, string modified, string current, string expected) =>
        Assert.Equal(expected, Patch(original, modified, current, mergeLists: false));

    [Fact]
    public void Patch_KeyedListsOfBuiltInKinds_KeepForeignItems()
    {
        string patch = Patch(
            """{"containers":[{"name":"old"},{"name":"a","image":"1"}]}""",
            """{"containers":[{"name":"a","image":"2"},{"name":"new"}]}""",
            """{"containers":[{"name":"old"},{"name":"a","image":"1","pull":"Always"},{"name":"injected"}]}""", mergeLists: true);
        Assert.Equal("""{"containers":[{"name":"a","image":"2","pull":"Always"},{"name":"injected"},{"name":"new"}]}""", patch);
    }

    [Fact]
    public void LastApplied_IsWrittenAsGoWritesIt()
    {
        JsonObject resource = JsonNode.Parse("""{"kind":"K","metadata":{"name":"n"},"a":"<é\n&>"}""")!.AsObject();
        string annotation = LastApplied.Annotate(resource)["metadata"]!["annotations"]![LastApplied.Annotation]!.GetValue<string>();
        Assert.Equal("{\"a\":\"\\u003cé\\n\\u0026\\u003e\",\"kind\":\"K\",\"metadata\":{\"annotations\":{},\"name\":\"n\"}}\n", annotation);
    }

    private static string Patch(string original, string modified, string current, bool mergeLists) => ThreeWayMerge.CreatePatch(
        JsonNode.Parse(original)!.AsObject(), JsonNode.Parse(modified)!.AsObject(), JsonNode.Parse(current)!.AsObject(), mergeLists).ToJsonString();
}
