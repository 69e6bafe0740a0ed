using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Manifests;

namespace Sympozium.Kubernetes.Tests.Manifests;

public sealed class YamlReaderTests
{
    [Theory]
    [InlineData("yes", "true")]
    [InlineData("off", "false")]
    [InlineData("True", "true")]
    [InlineData("~", "null")]
    [InlineData("", "null")]
    [InlineData("12", "12")]
    [InlineData("-7", "-7")]
    [InlineData("0644", "420")]
    [InlineData("0x1F", "31")]
    [InlineData("1_000", "1000")]
    [InlineData("089", "89")]
    [InlineData("1.5", "1.5")]
    [InlineData("1e3", "1000")]
    [InlineData("18446744073709551615", "18446744073709551615")]
    [InlineData("'12'", "\"12\"")]
    [InlineData("\"yes\"", "\"yes\"")]
    [InlineData("!!str 12", "\"12\"")]
    [InlineData("2024-01-02", "\"2024-01-02\"")]
    [InlineData("1.2.3", "\"1.2.3\"")]
    [InlineData("5m", "\"5m\"")]
    [InlineData("-", "[null]")]
    [InlineData("--1", "\"--1\"")]
    public void Scalar_HasTheMeaningThatKubectlGivesIt(string yaml, string json) =>
        Assert.Equal($"{{\"v\":{json}}}", YamlReader.ReadSingle($"v: {yaml}\n".Replace("v: -\n", "v:\n-\n", StringComparison.Ordinal), "test")!.ToJsonString());

    [Fact]
    public void Documents_EmptyOnesAreSkipped_LinesAreKept()
    {
        IReadOnlyList<YamlDocument> documents = YamlReader.ReadAll("---\n# only a comment\n---\na: 1\n---\nb: 2\n...\n", "f.yaml");
        Assert.Equal(["{\"a\":1}", "{\"b\":2}"], documents.Select(d => d.Root!.ToJsonString()));
        Assert.Equal([4, 6], documents.Select(d => d.Line));
    }

    [Fact]
    public void Json_IsYamlToo()
    {
        JsonNode? node = YamlReader.ReadSingle("{\"a\": [1, true, null, \"x\\u0041\"]}", "f.json");
        Assert.Equal("{\"a\":[1,true,null,\"xA\"]}", node!.ToJsonString());
    }

    [Fact]
    public void AnchorsAndMergeKeys_AreExpanded()
    {
        JsonNode? node = YamlReader.ReadSingle("base: &b {x: 1, z: 2}\nother:\n  <<: *b\n  z: 3\nlist: [*b]\n", "f.yaml");
        Assert.Equal("{\"base\":{\"x\":1,\"z\":2},\"other\":{\"z\":3,\"x\":1},\"list\":[{\"x\":1,\"z\":2}]}", node!.ToJsonString());
    }

    [Theory]
    [InlineData("a: 1\nb: 2\na: 3\n", "f.yaml:3:1: the key 'a' stands twice in this mapping")]
    [InlineData("a: *nope\n", "f.yaml:1:4: the anchor 'nope' is not defined above")]
    [InlineData("a: [1, 2\n", "f.yaml:")]
    [InlineData("a: b: c\n", "f.yaml:1:")]
    public void Mistake_IsReportedWithItsPlace(string yaml, string expected) =>
        Assert.StartsWith(expected, Assert.Throws<ManifestException>(() => YamlReader.ReadAll(yaml, "f.yaml")).Message, StringComparison.Ordinal);

    [Fact]
    public void AliasBomb_IsRefused()
    {
        string bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + string.Concat("bcdefgh".Select((c, i) =>
            $"{c}: &{c} [{string.Join(',', Enumerable.Repeat($"*{(char)(c - 1)}", 10))}]\n"));
        Assert.Contains("nested aliases", Assert.Throws<ManifestException>(() => YamlReader.ReadAll(bomb, "f.yaml")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DeepNesting_IsRefused() =>
        Assert.Contains("nested deeper", Assert.Throws<ManifestException>(() => YamlReader.ReadAll(new string('[', 500), "f.yaml")).Message, StringComparison.Ordinal);
}
