namespace Sympozium.Abstractions.Tests;

public sealed class ResourceKeyTests
{
    [Theory]
    [InlineData("a/b", "a", "b")]
    [InlineData("team-1/run.2", "team-1", "run.2")]
    public void Key_Parsed_HasItsParts(string text, string ns, string name)
    {
        Assert.True(ResourceKey.TryParse(text, out ResourceKey key));
        Assert.Equal(new ResourceKey(ns, name), key);
        Assert.Equal(text, key.ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("/")]
    [InlineData("/a")]
    [InlineData("a/")]
    [InlineData("a/b/c")]
    [InlineData("a//b")]
    public void Key_Malformed_IsRefused(string? text)
    {
        Assert.False(ResourceKey.TryParse(text, out _));
        Assert.Throws<FormatException>(() => ResourceKey.Parse(text!));
    }
}
