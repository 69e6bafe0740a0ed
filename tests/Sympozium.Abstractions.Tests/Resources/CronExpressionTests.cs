using System.Globalization;
using Sympozium.Abstractions.Resources;

namespace Sympozium.Abstractions.Tests.Resources;

public sealed class CronExpressionTests
{
    [Theory]
    [InlineData("* * * * *", "2026-03-31T09:17", true)]
    [InlineData("0 9 * * 1-5", "2026-03-31T09:00", true)]
    [InlineData("0 9 * * 1-5", "2026-03-29T09:00", false)]
    [InlineData("0 9 * * MON-FRI", "2026-03-30T09:00", true)]
    [InlineData("0 0 * * 7", "2026-03-29T00:00", true)]
    [InlineData("0 0 * * sun", "2026-03-29T00:00", true)]
    [InlineData("2/5 * * * *", "2026-03-31T09:07", true)]
    [InlineData("2/5 * * * *", "2026-03-31T09:05", false)]
    [InlineData("*/15 8-10,18 * jan,mar *", "2026-03-31T18:45", true)]
    [InlineData("*/15 8-10,18 * jan,feb *", "2026-03-31T18:45", false)]
    [InlineData("0 0 13 * 5", "2026-03-13T00:00", true)]
    [InlineData("0 0 13 * 5", "2026-03-06T00:00", true)]
    [InlineData("0 0 13 * 5", "2026-03-12T00:00", false)]
    [InlineData("0 0 ? * 5", "2026-03-13T00:00", true)]
    [InlineData("@daily", "2026-03-13T00:00", true)]
    [InlineData("@Hourly", "2026-03-13T05:00", true)]
    [InlineData("@yearly", "2026-03-13T00:00", false)]
    public void Matches_IsThatOfCrontab(string text, string time, bool expected)
    {
        CronExpression? cron = CronExpression.Parse(text, out string? problem);

        Assert.True(cron is not null, problem);
        Assert.Equal(expected, cron.Matches(DateTime.Parse(time, CultureInfo.InvariantCulture)));
    }

    [Theory]
    [InlineData("", "has 0 fields")]
    [InlineData("* * * * * *", "has 6 fields")]
    [InlineData("@never", "is no known shortcut; known are @hourly, @daily")]
    [InlineData("60 * * * *", "'60' as its minute, which must be made of 0 to 59")]
    [InlineData("* 24 * * *", "'24' as its hour")]
    [InlineData("* * 0 * *", "'0' as its day of month, which must be made of 1 to 31")]
    [InlineData("* * * 13 *", "which must be made of 1 to 12 or JAN to DEC")]
    [InlineData("* * * * 8", "day of week, which must be made of 0 to 7 or SUN to SAT")]
    [InlineData("5-1 * * * *", "'5-1' as its minute")]
    [InlineData("*/0 * * * *", "'*/0'")]
    [InlineData("1,,2 * * * *", "'1,,2'")]
    [InlineData("-1 * * * *", "'-1'")]
    [InlineData("1/2/3 * * * *", "'1/2/3'")]
    [InlineData("*/99999999999 * * * *", "as its minute")]
    public void Parse_OfSomethingElse_SaysWhatIsWrong(string text, string words)
    {
        Assert.Null(CronExpression.Parse(text, out string? problem));
        Assert.Contains(words, problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0 0 30 2 *", false)]
    [InlineData("0 0 31 4,6,9,11 *", false)]
    [InlineData("0 0 29 2 *", true)]
    [InlineData("0 0 30 2 1", true)]
    [InlineData("*/7 * * * *", true)]
    public void IsReachable_SaysWhetherThereIsSuchADate(string text, bool expected) => Assert.Equal(expected, CronExpression.Parse(text, out _)!.IsReachable);
}
