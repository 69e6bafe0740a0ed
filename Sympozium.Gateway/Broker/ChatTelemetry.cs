using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Http;
using Sympozium.Abstractions.Broker;
using Sympozium.Abstractions.Runs;
using Sympozium.Abstractions.Tracing;
using Sympozium.Gateway.Hosting;
using Sympozium.Gateway.OpenAi;

namespace Sympozium.Gateway.Broker;

/// <summary>Span and metrics of one model call, by OpenTelemetry's conventions for generative AI. No content, whoever asks for it.</summary>
internal sealed class ChatTelemetry : IDisposable
{
    private const string Chat = "chat";

    private static readonly Histogram<long> Tokens = GatewayTelemetry.Meter.CreateHistogram(
        "gen_ai.client.token.usage",
        "{token}",
        "Tokens of a model call",
        null,
        new InstrumentAdvice<long> { HistogramBucketBoundaries = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864] });

    private static readonly Histogram<double> Duration = GatewayTelemetry.Meter.CreateHistogram(
        "gen_ai.client.operation.duration",
        "s",
        "Model call from the broker's request to the last byte of the answer",
        null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92] });

    private readonly ProviderTarget _target;
    private readonly TimeProvider _time;
    private readonly long _started;
    private readonly Activity? _outer;
    private readonly Activity? _span;
    private string? _error;

    private ChatTelemetry(ProviderTarget target, TimeProvider time, HttpContext context)
    {
        (_target, _time) = (target, time);
        _started = time.GetTimestamp();
        _outer = Activity.Current;
        _span = context.Features.Get<RunTrace>() is { } trace ? Start(trace, context) : null;
    }

    /// <summary>Begins a call.</summary>
    public static ChatTelemetry Start(ProviderTarget target, TimeProvider time, HttpContext context) => new(target, time, context);

    /// <summary>What the call used.</summary>
    public void Count(ModelCallUsage usage)
    {
        if (Tokens.Enabled)
        {
            TagList labels = Labels();
            labels.Add(TraceAttributes.TokenType, "input");
            Tokens.Record(usage.InputTokens, labels);
            labels = Labels();
            labels.Add(TraceAttributes.TokenType, "output");
            Tokens.Record(usage.OutputTokens, labels);
        }

        _span?.SetTag(TraceAttributes.InputTokens, usage.InputTokens);
        _span?.SetTag(TraceAttributes.OutputTokens, usage.OutputTokens);
        _span?.SetTag(TraceAttributes.CachedTokens, usage.CachedInputTokens);
        _span?.SetTag("gen_ai.usage.reasoning.output_tokens", usage.ReasoningTokens);
        _span?.SetTag("sympozium.usage.estimated", usage.Estimated);
    }

    /// <summary>The call failed.</summary>
    public void Fail(Exception failure)
    {
        _error = failure switch
        {
            ApiException { Code: { Length: > 0 } code } => code,
            OperationCanceledException => "cancelled",
            _ => failure.GetType().Name,
        };
        _span?.SetTag(TraceAttributes.Error, _error);
        _span?.SetStatus(ActivityStatusCode.Error, _error);
    }

    public void Dispose()
    {
        if (Duration.Enabled)
        {
            TagList labels = Labels();
            if (_error is not null)
            {
                labels.Add(TraceAttributes.Error, _error);
            }

            Duration.Record(_time.GetElapsedTime(_started).TotalSeconds, labels);
        }

        if (_span is not null)
        {
            _span.Dispose();
            Activity.Current = _outer;
        }
    }

    private Activity? Start(RunTrace trace, HttpContext context)
    {
        RunToken run = context.Features.Get<RunToken>()!;
        List<KeyValuePair<string, object?>> tags =
        [
            .. Labels(),
            new("server.address", _target.Endpoint.Host),
            new("server.port", _target.Endpoint.Port),
            new(TraceAttributes.Namespace, run.Run.Namespace),
            new(TraceAttributes.Run, run.Run.Name),
            new(TraceAttributes.RunUid, run.Uid),
            new(TraceAttributes.Agent, run.Instance),
        ];
        if (trace.IsRoot)
        {
            tags.Add(TraceAttributes.StartedByRun);
        }

        return GatewayTelemetry.Source.StartActivity(ActivityKind.Client, trace.Continue(context.Request.Headers.TraceParent), tags, name: $"{Chat} {_target.Route.Model}");
    }

    private TagList Labels() => new()
    {
        { TraceAttributes.Operation, Chat },
        { TraceAttributes.Provider, _target.Route.Provider },
        { TraceAttributes.Model, _target.Route.Model },
    };
}
