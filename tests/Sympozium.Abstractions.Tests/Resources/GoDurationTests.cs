using Sympozium.Abstractions.Resources;

namespace Sympozium.Abstractions.Tests.Resources;

public sealed class GoDurationTests
{
    [Theory]
    [InlineData("5m", 300_000)]
    [InlineData("90s", 90_000)]
    [InlineData("1h30m", 5_400_000)]
    [InlineData("1.5h", 5_400_000)]
    [InlineData(".5s", 500)]
    [InlineData("250ms", 250)]
    [InlineData("1h1m1s1ms", 3_661_001)]
    [InlineData("1000us", 1)]
    [InlineData("1000µs", 1)]
    [InlineData("1000000ns", 1)]
    [InlineData("2562047h", 9_223_369_200_000)]
    public void Parse_OfADuration_GivesIt(string text, long milliseconds)
    {
        Assert.True(GoDuration.TryParse(text, out TimeSpan duration));
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), duration);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("m")]
    [InlineData("5 m")]
    [InlineData(" 5m")]
    [InlineData("5m ")]
    [InlineData("-5m")]
    [InlineData("0s")]
    [InlineData("1ns")]
    [InlineData("5d")]
    [InlineData("5M")]
    [InlineData("1.2.3s")]
    [InlineData(".s")]
    [InlineData("1e3s")]
    [InlineData("1,5h")]
    [InlineData("2562048h")]
    [InlineData("99999999999999999999999999h")]
    [InlineData("soon")]
    public void Parse_OfSomethingElse_Refuses(string? text) => Assert.False(GoDuration.TryParse(text, out _));
}
