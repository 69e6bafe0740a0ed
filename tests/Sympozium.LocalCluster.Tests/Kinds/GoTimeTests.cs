using Sympozium.LocalCluster.Kinds;

namespace Sympozium.LocalCluster.Tests.Kinds;

public sealed class GoTimeTests
{
    [Theory]
    [InlineData("2024-02-29T23:59:59Z", false)]
    [InlineData("2024-02-29T23:59:59.123456789+01:00", false)]
    [InlineData("2024-02-29T23:59:59.123456-11:30", true)]
    public void FindError_ReadableTime_HasNone(string text, bool micro) => Assert.Null(GoTime.FindError(text, micro));

    [Theory]
    [InlineData("not a time", false, """parsing time "not a time" as "2006-01-02T15:04:05Z07:00": cannot parse "not a time" as "2006" """)]
    [InlineData("", false, """parsing time "" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "2006" """)]
    [InlineData("2020-1-01T00:00:00Z", false, """parsing time "2020-1-01T00:00:00Z" as "2006-01-02T15:04:05Z07:00": cannot parse "1-01T00:00:00Z" as "01" """)]
    [InlineData("2020-13-01T00:00:00Z", false, """parsing time "2020-13-01T00:00:00Z": month out of range""")]
    [InlineData("2023-02-29T00:00:00Z", false, """parsing time "2023-02-29T00:00:00Z": day out of range""")]
    [InlineData("2020-01-01T00:00:00", false, """parsing time "2020-01-01T00:00:00" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "Z07:00" """)]
    [InlineData("2020-01-01T00:00:00Zx", false, """parsing time "2020-01-01T00:00:00Zx": extra text: "x" """)]
    [InlineData("2020-01-01T00:00:02.5Z", true, """parsing time "2020-01-01T00:00:02.5Z" as "2006-01-02T15:04:05.000000Z07:00": cannot parse ".5Z" as ".000000" """)]
    [InlineData("2020-01-01T00:00:03.123456789Z", true, """parsing time "2020-01-01T00:00:03.123456789Z" as "2006-01-02T15:04:05.000000Z07:00": cannot parse "789Z" as "Z07:00" """)]
    public void FindError_UnreadableTime_IsToldAsGoTellsIt(string text, bool micro, string expected) =>
        Assert.Equal(expected.Trim(), GoTime.FindError(text, micro));
}
