using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Events;
using Sympozium.Abstractions.Tracing;
using Sympozium.Gateway.Bus;

namespace Sympozium.Gateway.Tests.Bus;

/// <summary>What a hostile or broken pod may bring into a trace: nothing but its own spans, without content.</summary>
public sealed class AgentSpansTests : IDisposable
{
    private static readonly ResourceKey Run = new("default", "r");

    private readonly string _uid = Guid.NewGuid().ToString();
    private readonly ConcurrentQueue<Activity> _ended = new();
    private readonly ActivityListener _listener;
    private readonly AgentSpans _spans = new(TimeProvider.System, NullLogger<AgentSpans>.Instance);
    private readonly RunTrace _trace;

    public AgentSpansTests()
    {
        _trace = RunTrace.Of(_uid, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", null);
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == AgentSpans.Name,
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span =>
            {
                if ((string?)span.GetTagItem(TraceAttributes.RunUid) == _uid)
                {
                    _ended.Enqueue(span);
                }
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    private static long Now => (TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    public void Dispose() => _listener.Dispose();

    [Fact]
    public void Accept_SoundSpan_IsOneOfTheRunWithKnownAttributesOnly()
    {
        JsonObject span = Span();
        span["error"] = "tool_error";
        span["attributes"] = new JsonObject
        {
            ["gen_ai.tool.name"] = "read_file",
            ["sympozium.round"] = 3,
            ["gen_ai.input.messages"] = "the secret",
            ["sympozium.run.name"] = "other",
            ["gen_ai.tool.call.id"] = new string('x', 5000),
        };

        Report(null, span);

        Activity written = Assert.Single(_ended);
        Assert.Equal((_trace.Run.TraceId, $"{_trace.Prefix}0000abcd", _trace.Job.SpanId), (written.TraceId, written.SpanId.ToHexString(), written.ParentSpanId));
        Assert.Equal(("execute_tool read_file", ActivityStatusCode.Error), (written.DisplayName, written.Status));
        Dictionary<string, object?> tags = written.TagObjects.ToDictionary();
        Assert.Equal(["error.type", "gen_ai.agent.name", "gen_ai.tool.call.id", "gen_ai.tool.name", "k8s.namespace.name", "sympozium.round", "sympozium.run.name", "sympozium.run.uid"], tags.Keys.Order());
        Assert.Equal(("r", 3L, 256), (tags["sympozium.run.name"], tags["sympozium.round"], ((string)tags["gen_ai.tool.call.id"]!).Length));
    }

    [Theory]
    [InlineData("spanId", "\"00f067aa0ba902b7\"")]
    [InlineData("spanId", "\"\"")]
    [InlineData("spanId", "\"<prefix>0000ABCD\"")]
    [InlineData("spanId", "\"<prefix>00000001\"")]
    [InlineData("parentSpanId", "\"00f067aa0ba902b7\"")]
    [InlineData("parentSpanId", "\"<prefix>0000abcd\"")]
    [InlineData("name", "\"\"")]
    [InlineData("start", "1")]
    [InlineData("end", "1")]
    [InlineData("end", "9223372036854775807")]
    public void Accept_UnsoundSpan_IsDroppedAndTheNextOneTaken(string field, string value)
    {
        JsonObject wrong = Span();
        wrong[field] = JsonNode.Parse(value.Replace("<prefix>", _trace.Prefix, StringComparison.Ordinal));
        JsonObject sound = Span();
        sound["spanId"] = $"{_trace.Prefix}0000abce";

        Report(null, wrong, sound);

        Assert.Equal($"{_trace.Prefix}0000abce", Assert.Single(_ended).SpanId.ToHexString());
    }

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[null]")]
    [InlineData("[{}]")]
    [InlineData("""[{"name":5}]""")]
    public void Accept_Rubbish_IsDropped(string data)
    {
        _spans.Accept(Run, _uid, "helper", _trace, Event(null, JsonNode.Parse(data)));
        Assert.Empty(_ended);
    }

    [Fact]
    public void Accept_SameEventTwice_IsTakenOnce()
    {
        Report("spans-1.json", Span());
        Report("spans-1.json", Span());
        Assert.Single(_ended);
    }

    [Fact]
    public void Accept_TooManySpans_TakesAsManyAsAllowed()
    {
        Report(null, [.. Enumerable.Range(0, 1000).Select(i =>
        {
            JsonObject span = Span();
            span["spanId"] = $"{_trace.Prefix}{i + 16:x8}";
            return span;
        })]);
        Assert.Equal(256, _ended.Count);
    }

    [Fact]
    public void Accept_RunThatIsNotTraced_WritesNothing()
    {
        _spans.Accept(Run, _uid, "helper", null, Event(null, new JsonArray(Span())));
        Assert.Empty(_ended);
    }

    private JsonObject Span() => new()
    {
        ["name"] = "execute_tool read_file",
        ["spanId"] = $"{_trace.Prefix}0000abcd",
        ["parentSpanId"] = _trace.Job.SpanId.ToHexString(),
        ["start"] = Now - 2000,
        ["end"] = Now - 1000,
    };

    private void Report(string? id, params JsonNode[] spans) => _spans.Accept(Run, _uid, "helper", _trace, Event(id, new JsonArray(spans)));

    private static BusEvent Event(string? id, JsonNode? data) => new()
    {
        Topic = Topics.TraceSpans,
        Id = id,
        Timestamp = DateTimeOffset.UnixEpoch,
        Metadata = new BusEventMetadata { AgentRunId = Run.Name, Namespace = Run.Namespace },
        Data = data,
    };
}
