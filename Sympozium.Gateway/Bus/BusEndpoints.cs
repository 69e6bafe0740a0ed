using System.Buffers;
using System.Diagnostics;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Broker;
using Sympozium.Abstractions.Events;
using Sympozium.Abstractions.Runs;
using Sympozium.Abstractions.Tracing;
using Sympozium.Gateway.Hosting;
using Sympozium.Gateway.OpenAi;

namespace Sympozium.Gateway.Bus;

/// <summary>
/// The bus for pods. <c>POST /bus/v1/publish</c> takes a JSON array of events about the caller's own run; <c>GET /bus/v1/events</c>
/// streams the events for it, one JSON object per line. A result reaches its grain before the publish is answered, so a bridge that
/// gets no 200 sends it again and none is lost.
/// </summary>
internal sealed partial class BusEndpoints(
    IEventBus bus, IGrainFactory grains, AgentSpans spans, GatewayOptions options, IHostApplicationLifetime lifetime, ILogger<BusEndpoints> logger)
{
    public const string PublishPattern = "/bus/v1/publish";
    public const string EventsPattern = "/bus/v1/events";

    private static ReadOnlySpan<byte> Published => "{}"u8;

    public async Task PublishAsync(HttpContext context)
    {
        RunToken token = context.Features.Get<RunToken>()!;
        ReadOnlyMemory<byte> body = await RequestBody.ReadAsync(context);
        BusEvent[] events;
        try
        {
            events = JsonSerializer.Deserialize(body.Span, EventsJson.Default.BusEventArray) ?? [];
        }
        catch (JsonException wrong)
        {
            throw ApiException.Invalid($"The body must be a JSON array of bus events: {wrong.Message}", null);
        }

        Check(events, token);
        RunTrace? trace = context.Features.Get<RunTrace>();
        foreach (BusEvent published in events)
        {
            if (published.Topic == Topics.TraceSpans)
            {
                spans.Accept(token.Run, token.Uid, token.Instance, trace, published);
                continue;
            }

            // Which run of that name it is says the token, not the pod.
            BusEvent busEvent = published with { Metadata = published.Metadata with { AgentRunUid = token.Uid } };

            // In order: a result ends the run, and what was said before it must be out by then.
            // Once taken, it is carried on though the bridge may have left by then.
            bool isResult = busEvent.Topic is Topics.RunCompleted or Topics.RunFailed;
            using Activity? span = PublishSpan.Start(token, trace, busEvent);
            if (isResult)
            {
                await grains.GetGrain<IRunGrain>(token.Run.ToString()).AcceptResultAsync(token.Uid, busEvent, context.RequestAborted);
            }

            await bus.PublishAsync(busEvent, isResult ? CancellationToken.None : context.RequestAborted);
        }

        context.Response.ContentType = "application/json";
        context.Response.ContentLength = Published.Length;
        context.Response.BodyWriter.Write(Published);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    public async Task EventsAsync(HttpContext context)
    {
        RunToken token = context.Features.Get<RunToken>()!;
        await using IBusSubscription subscription = await bus.SubscribeAsync(new BusFilter(Topics.ToPods, token.Run), context.RequestAborted);
        context.Response.ContentType = "application/x-ndjson";
        context.Response.Headers.CacheControl = "no-cache";

        // The headers tell the bridge that it is subscribed.
        await context.Response.StartAsync(context.RequestAborted);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
        using var wait = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        try
        {
            await foreach (BusEvent busEvent in subscription.ReadAllAsync(wait.Token))
            {
                context.Response.BodyWriter.Write(JsonSerializer.SerializeToUtf8Bytes(busEvent, EventsJson.Default.BusEvent));
                context.Response.BodyWriter.Write("\n"u8);
                await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
            }
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            // The gateway stops; the bridge connects to the next one.
            await context.Response.CompleteAsync();
        }
        catch (SympoziumOverloadedException slow)
        {
            LogSlow(slow, token.Run);
            context.Abort();
        }
    }

    private void Check(BusEvent[] events, RunToken token)
    {
        if (events.Length > options.MaxEventsPerPublish)
        {
            throw ApiException.Invalid($"One publish may hold {options.MaxEventsPerPublish} events, not {events.Length}; send several.", null);
        }

        foreach (BusEvent? busEvent in events)
        {
            if (busEvent is null)
            {
                throw ApiException.Invalid("The array of bus events holds a null.", null);
            }

            if (!Topics.FromPods.Contains(busEvent.Topic))
            {
                throw new ApiException(403, ErrorTypes.InvalidRequest, "topic_denied", $"A pod may not publish '{busEvent.Topic}'; allowed are {string.Join(", ", Topics.FromPods.Order())}.");
            }

            if (busEvent.Metadata.RunKey != token.Run)
            {
                throw new ApiException(403, ErrorTypes.InvalidRequest, "run_denied", $"This token is for run '{token.Run}', the event is about '{busEvent.Metadata.RunKey}'.");
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The bridge of run {RunId} did not keep up with its events and was disconnected")]
    private partial void LogSlow(Exception exception, ResourceKey runId);
}
