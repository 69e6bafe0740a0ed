using System.Diagnostics;
using Sympozium.Abstractions.Tracing;

namespace Sympozium.Abstractions.Tests.Tracing;

/// <summary>Guards the one place that reaches into .NET's <see cref="Activity"/>.</summary>
public sealed class KnownSpanTests : IDisposable
{
    private static readonly RunTrace Trace = RunTrace.Of("ce9f1f72-d035-4362-8950-0c23e0f9bb84", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "vendor=1");

    private readonly ActivitySource _source = new($"test-{Guid.NewGuid()}");
    private readonly List<Activity> _ended = [];
    private readonly ActivityListener _listener;

    public KnownSpanTests()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source == _source,
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _ended.Add,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public void Dispose()
    {
        _listener.Dispose();
        _source.Dispose();
    }

    [Fact]
    public void Start_WithAnId_HasItItselfInItsContextAndAsParentOfOthers()
    {
        using Activity? span = KnownSpan.Start(_source, "job", ActivityKind.Producer, Trace.Job.SpanId, Trace.Run);
        using Activity? child = _source.StartActivity("child");

        Assert.Equal(RunTrace.Write(Trace.Job), span!.Id);
        Assert.Equal(Trace.Job.SpanId, span.Context.SpanId);
        Assert.Equal(Trace.Run.SpanId, span.ParentSpanId);
        Assert.Equal("vendor=1", span.TraceStateString);
        Assert.Equal(Trace.Job.SpanId, child!.ParentSpanId);
    }

    [Fact]
    public void Write_WithAParent_HasIdTimesAndError_AndLeavesTheCurrentSpanAlone()
    {
        using Activity? outer = _source.StartActivity("outer");
        DateTimeOffset start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        KnownSpan.Write(_source, "run", ActivityKind.Internal, Trace.Run, Trace.Cause, start, start.AddSeconds(2), [new("k", "v")], "Timeout");

        Activity span = Assert.Single(_ended);
        Assert.Equal((Trace.Run.TraceId, Trace.Run.SpanId, Trace.Cause.SpanId), (span.TraceId, span.SpanId, span.ParentSpanId));
        Assert.Equal((start.UtcDateTime, TimeSpan.FromSeconds(2)), (span.StartTimeUtc, span.Duration));
        Assert.Equal((ActivityStatusCode.Error, "Timeout", "v"), (span.Status, span.StatusDescription, span.GetTagItem("k")));
        Assert.Same(outer, Activity.Current);
    }

    [Fact]
    public void Write_WithoutAParent_BeginsTheTraceThatItIsGiven()
    {
        using Activity? outer = _source.StartActivity("outer");
        var root = RunTrace.Of(Guid.NewGuid().ToString(), null, null);

        KnownSpan.Write(_source, "run", ActivityKind.Internal, root.Run, default, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, [], null);

        Activity span = Assert.Single(_ended);
        Assert.Equal((root.Run.TraceId, root.Run.SpanId, default(ActivitySpanId)), (span.TraceId, span.SpanId, span.ParentSpanId));
    }

    [Fact]
    public void Start_NobodyListens_IsNothing()
    {
        using var unheard = new ActivitySource("unheard");
        Assert.Null(KnownSpan.Start(unheard, "x", ActivityKind.Internal, Trace.Job.SpanId, Trace.Run));
    }
}
