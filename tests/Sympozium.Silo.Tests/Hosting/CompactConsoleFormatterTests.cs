using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Sympozium.Silo.Hosting;
using Sympozium.Testing;

namespace Sympozium.Silo.Tests.Hosting;

public sealed class CompactConsoleFormatterTests
{
    [Fact]
    public void Event_IsOneLineWithoutItsId() =>
        Assert.EndsWith("Z info  RunGrain: Run a/b started\n", Format(LogLevel.Information, "Run a/b started", null), StringComparison.Ordinal);

    [Fact]
    public void Message_WithLineBreaks_StaysOneLine() =>
        Assert.EndsWith("Z warn  RunGrain: one two\n", Format(LogLevel.Warning, "one\r\ntwo", null), StringComparison.Ordinal);

    [Fact]
    public void Exception_FollowsIndented()
    {
        string text = Format(LogLevel.Error, "It broke", new InvalidOperationException("first\nsecond"));

        Assert.EndsWith("Z error RunGrain: It broke\n    System.InvalidOperationException: first\n    second\n", text, StringComparison.Ordinal);
    }

    private static string Format(LogLevel level, string message, Exception? exception)
    {
        using StringWriter writer = new() { NewLine = "\n" };
        LogEntry<string> entry = new(level, "Sympozium.Grains.Runs.RunGrain", new EventId(1612513252), message, exception, static (state, _) => state);
        new CompactConsoleFormatter(new FakeTime()).Write(entry, null, writer);
        return writer.ToString();
    }
}
