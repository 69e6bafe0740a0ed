using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Manifests;

namespace Sympozium.Kubernetes.Tests.Manifests;

public sealed class YamlWriterTests
{
    [Fact]
    public void Object_LooksAsKubectlWritesIt()
    {
        JsonNode node = JsonNode.Parse("""
            {"kind":"Pod","apiVersion":"v1","metadata":{"name":"p","labels":{}},
             "spec":{"containers":[{"name":"a","args":["x","-y"]},{"name":"b","ports":[]}],"nested":[["q"]]},
             "text":"one\ntwo\n","flag":"true","number":"12","float":1.5,"null":null,"quote":"it's: #1","empty":""}
            """)!;
        const string Expected = """
            apiVersion: v1
            empty: ''
            flag: "true"
            float: 1.5
            kind: Pod
            metadata:
              labels: {}
              name: p
            "null": null
            number: "12"
            quote: 'it''s: #1'
            spec:
              containers:
              - args:
                - x
                - '-y'
                name: a
              - name: b
                ports: []
              nested:
              -
                - q
            text: |
              one
              two

            """;
        Assert.Equal(Expected, YamlWriter.Write(node));
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("yes")]
    [InlineData("null")]
    [InlineData("0x10")]
    [InlineData(" lead")]
    [InlineData("trail ")]
    [InlineData("a: b")]
    [InlineData("a #b")]
    [InlineData("'")]
    [InlineData("\"")]
    [InlineData("- x")]
    [InlineData("two\nlines")]
    [InlineData("two\nlines\n")]
    [InlineData("two\n\n\nlines\n\n\n")]
    [InlineData("\nleading")]
    [InlineData("  indented\nlines")]
    [InlineData("win\r\nlines")]
    [InlineData("tab\tin")]
    [InlineData("bell\u0007")]
    [InlineData("trailing space \nhere")]
    [InlineData("日本語 ✓")]
    [InlineData("%x")]
    [InlineData("@x")]
    [InlineData("---")]
    [InlineData("2024-01-02")]
    [InlineData("\\backslash")]
    [InlineData("~")]
    [InlineData("#")]
    public void Text_SurvivesARoundTrip(string text)
    {
        JsonObject node = new() { ["v"] = text, [text] = new JsonArray(text) };
        Assert.True(JsonNode.DeepEquals(node, YamlReader.ReadSingle(YamlWriter.Write(node), "written")), YamlWriter.Write(node));
    }
}
