using System.Text.Json.Nodes;
using Sympozium.Cli.Output;

namespace Sympozium.Cli.Tests.Output;

public sealed class JsonPathTemplateTests
{
    private static readonly JsonNode Root = JsonNode.Parse("""
        {"a":{"b.c":1},"items":[{"name":"x","ok":true},{"name":"y","n":2.5}],"text":"t"}
        """)!;

    [Theory]
    [InlineData("{.text}", "t")]
    [InlineData(".text", "t")]
    [InlineData("text", "t")]
    [InlineData("{.items[*].name}", "x y")]
    [InlineData("{.items[-1].name}", "y")]
    [InlineData("{.items[0:1].name}", "x")]
    [InlineData("{.a['b.c']}", "1")]
    [InlineData("{.a.b\\.c}", "1")]
    [InlineData("{..name}", "x y")]
    [InlineData("{.items[?(@.name==\"y\")].n}", "2.5")]
    [InlineData("{.items[?(@.ok)].name}", "x")]
    [InlineData("{range .items[*]}{.name}{\"\\n\"}{end}", "x\ny\n")]
    [InlineData("name: {.text}!", "name: t!")]
    [InlineData("{.missing.deep}", "")]
    [InlineData("{$.items[0]}", "{\"name\":\"x\",\"ok\":true}")]
    public void Template_SelectsWhatKubectlWould(string template, string expected) => Assert.Equal(expected, JsonPathTemplate.Parse(template).Evaluate(Root));

    [Theory]
    [InlineData("{.a")]
    [InlineData("{.a[}")]
    [InlineData("{range .a}")]
    [InlineData("{end}")]
    [InlineData("{.a[x]}")]
    public void Template_Malformed_IsAUsageError(string template) =>
        Assert.Equal(ExitCodes.Usage, Assert.Throws<CliException>(() => JsonPathTemplate.Parse(template)).ExitCode);
}
