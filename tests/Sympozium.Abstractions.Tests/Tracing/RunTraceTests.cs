using System.Diagnostics;
using Sympozium.Abstractions.Tracing;

namespace Sympozium.Abstractions.Tests.Tracing;

public sealed class RunTraceTests
{
    private const string Uid = "ce9f1f72-d035-4362-8950-0c23e0f9bb84";
    private const string Cause = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    [Fact]
    public void Of_AnnotatedRun_IsInTheTraceOfItsCauseAndAlikeEachTime()
    {
        var trace = RunTrace.Of(Uid, Cause, "vendor=1");
        var again = RunTrace.Of(Uid, Cause, "vendor=1");

        Assert.Equal("4bf92f3577b34da6a3ce929d0e0e4736", trace.Run.TraceId.ToHexString());
        Assert.Equal("00f067aa0ba902b7", trace.Cause.SpanId.ToHexString());
        Assert.Equal((again.Run, again.Job), (trace.Run, trace.Job));
        Assert.NotEqual(trace.Run.SpanId, trace.Job.SpanId);
        Assert.Equal("vendor=1", trace.Job.TraceState);
        Assert.False(trace.IsRoot);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("rubbish")]
    [InlineData("00-00000000000000000000000000000000-00f067aa0ba902b7-01")]
    public void Of_RunWithoutAReadableCause_BeginsTheTraceOfItsUid(string? annotation)
    {
        var trace = RunTrace.Of(Uid, annotation, null);

        Assert.True(trace.IsRoot);
        Assert.Equal(Uid.Replace("-", "", StringComparison.Ordinal), trace.Run.TraceId.ToHexString());
    }

    [Fact]
    public void Of_UidThatIsNoGuid_HasATraceOfItsOwn() =>
        Assert.NotEqual(RunTrace.Of("one", null, null).Run.TraceId, RunTrace.Of("two", null, null).Run.TraceId);

    [Fact]
    public void Continue_OwnSpanOfTheTrace_IsTheParent_AnythingElseIsNot()
    {
        var trace = RunTrace.Of(Uid, Cause, null);
        string own = $"00-{trace.Run.TraceId.ToHexString()}-{trace.Prefix}0000abcd-01";
        string[] foreign =
        [
            Cause,
            own.Replace("4bf92f35", "5bf92f35", StringComparison.Ordinal),
            RunTrace.Write(RunTrace.Of(Guid.NewGuid().ToString(), Cause, null).Job),
            "rubbish",
        ];

        Assert.Equal($"{trace.Prefix}0000abcd", trace.Continue(own).SpanId.ToHexString());
        Assert.All([.. foreign, null], sent => Assert.Equal(trace.Job, trace.Continue(sent)));
    }

    [Fact]
    public void Continue_UnsampledRun_CannotBeMadeSampledByItsAgent()
    {
        var trace = RunTrace.Of(Uid, Cause[..^1] + "0", null);
        Assert.Equal(ActivityTraceFlags.None, trace.Continue($"00-{trace.Run.TraceId.ToHexString()}-{trace.Prefix}0000abcd-01").TraceFlags);
    }
}
