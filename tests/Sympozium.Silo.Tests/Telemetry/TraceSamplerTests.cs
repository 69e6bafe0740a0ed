using System.Diagnostics;
using OpenTelemetry.Trace;
using Sympozium.Abstractions.Tracing;
using Sympozium.Silo.Telemetry;

namespace Sympozium.Silo.Tests.Telemetry;

public sealed class TraceSamplerTests
{
    private static readonly ActivityTraceId Trace = ActivityTraceId.CreateFromString("4bf92f3577b34da6a3ce929d0e0e4736");

    [Theory]
    [InlineData("parentbased_always_on", null, null, false)]
    [InlineData("parentbased_always_on", null, "http", true)]
    [InlineData("parentbased_always_off", null, "http", false)]
    [InlineData("parentbased_always_on", false, "http", false)]
    [InlineData("parentbased_always_off", true, "http", true)]
    [InlineData("parentbased_always_off", true, null, true)]
    [InlineData("always_on", false, "http", true)]
    [InlineData("always_off", true, "http", false)]
    [InlineData("parentbased_always_off", true, "run", false)]
    public void ShouldSample_ByParentAndStart(string sampler, bool? parent, string? start, bool expected)
    {
        ActivityContext context = parent is { } sampled
            ? new ActivityContext(Trace, ActivitySpanId.CreateRandom(), sampled ? ActivityTraceFlags.Recorded : ActivityTraceFlags.None, isRemote: true)
            : default;
        Assert.Equal(expected, Decide(new TraceSampler(sampler, 1), context, Trace, start));
    }

    [Fact]
    public void ShouldSample_RunThatNothingCaused_IsDecidedByItsTraceEachTimeAlike()
    {
        var sampler = new TraceSampler("parentbased_traceidratio", 0.5);
        RunTrace[] runs = [.. Enumerable.Range(0, 1000).Select(_ => RunTrace.Of(Guid.NewGuid().ToString(), null, null))];

        bool[] atStart = [.. runs.Select(run => Decide(sampler, run.Run, run.Run.TraceId, "run"))];
        bool[] atEnd = [.. runs.Select(run => Decide(sampler, default, run.Run.TraceId, "run"))];

        Assert.Equal(atStart, atEnd);
        Assert.InRange(atStart.Count(sampled => sampled), 400, 600);
    }

    private static bool Decide(TraceSampler sampler, ActivityContext parent, ActivityTraceId trace, string? start)
    {
        KeyValuePair<string, object?>[] tags = start is null ? [] : [new(TraceAttributes.TraceStart, start)];
        return sampler.ShouldSample(new SamplingParameters(parent, trace, "x", ActivityKind.Internal, tags, null)).Decision == SamplingDecision.RecordAndSample;
    }
}
