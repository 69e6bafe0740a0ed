using Sympozium.Cli.Output;

namespace Sympozium.Cli.Tests.Output;

public sealed class AgeTextTests
{
    [Theory]
    [InlineData(0, "0s")]
    [InlineData(119, "119s")]
    [InlineData(125, "2m5s")]
    [InlineData(700, "11m")]
    [InlineData(3 * 3600, "3h")]
    [InlineData((3 * 3600) + 300, "3h5m")]
    [InlineData(30 * 3600, "30h")]
    [InlineData(3 * 86400, "3d")]
    [InlineData(400 * 86400, "400d")]
    [InlineData(800 * 86400, "2y70d")]
    public void Age_IsWrittenAsKubectlDoes(int seconds, string expected) => Assert.Equal(expected, AgeText.Of(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData("apiVersion", "API Version")]
    [InlineData("baseURL", "Base URL")]
    [InlineData("creationTimestamp", "Creation Timestamp")]
    [InlineData("uid", "UID")]
    public void Label_IsSplitIntoWords(string name, string expected) => Assert.Equal(expected, Describer.Label(name));
}
