using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Orleans;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Broker;
using Sympozium.Abstractions.Events;
using Sympozium.Abstractions.Runs;
using Sympozium.Gateway.OpenAi;

namespace Sympozium.Gateway.Broker;

/// <summary>
/// <c>POST /broker/v1/chat/completions</c> and <c>GET /broker/v1/models</c>: model calls of a pod, which knows neither provider nor
/// key. The run's grain says where a call goes; usage is recorded there before the agent sees the end of the answer.
/// </summary>
internal sealed partial class BrokerEndpoint(
    IGrainFactory grains,
    CredentialReader credentials,
    ProviderClient providers,
    IEventBus bus,
    BrokerOptions options,
    TimeProvider time,
    ILogger<BrokerEndpoint> logger)
{
    public const string ChatPattern = "/broker/v1/chat/completions";
    public const string ModelsPattern = "/broker/v1/models";

    public async Task ModelsAsync(HttpContext context)
    {
        ModelRoute route = await RouteAsync(Grain(context), Token(context), context.RequestAborted);
        await ModelsEndpoint.SendAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteString("object"u8, "list"u8);
            json.WriteStartArray("data"u8);
            ModelsEndpoint.WriteModel(json, route.Model, 0);
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    public async Task ChatAsync(HttpContext context)
    {
        CancellationToken agentLeft = context.RequestAborted;
        JsonObject request = Parse(await RequestBody.ReadAsync(context));
        IRunGrain grain = Grain(context);
        ModelRoute route = await RouteAsync(grain, Token(context), agentLeft);
        ProviderTarget target = await credentials.ReadAsync(route, agentLeft);
        bool stream = Flag(request["stream"]);
        bool wantsUsage = Flag((request["stream_options"] as JsonObject)?["include_usage"]);
        byte[] body = target.Known.Dialect == ProviderDialect.Anthropic
            ? Serialize(Anthropic.AnthropicRequest.From(request, route.Model, options.AnthropicMaxTokens))
            : OpenAiBody(request, target, stream);
        var meter = new CallMeter(body.Length);
        bool recorded = false;
        using var telemetry = ChatTelemetry.Start(target, time, context);

        ValueTask RecordAsync()
        {
            recorded = true;
            telemetry.Count(meter.Usage);
            return RecordCallAsync(grain, Token(context), route, meter.Usage);
        }

        try
        {
            using ProviderAnswer answer = await providers.SendAsync(target, body, agentLeft);
            IRelay relay = target.Known.Dialect == ProviderDialect.Anthropic
                ? new Anthropic.AnthropicRelay(answer, meter, wantsUsage, time.GetUtcNow().ToUnixTimeSeconds())
                : new OpenAiRelay(answer, meter, wantsUsage);
            await (stream ? relay.StreamAsync(context, RecordAsync) : relay.WholeAsync(context, RecordAsync));
        }
        catch (Exception failure)
        {
            telemetry.Fail(failure);
            throw;
        }
        finally
        {
            if (!recorded && meter.Started)
            {
                // Broken off or left behind: what came so far costs money all the same.
                await RecordAsync();
            }
        }
    }

    /// <summary>Not bound to the agent: a call that was paid for counts, also when the agent has left.</summary>
    private async ValueTask RecordCallAsync(IRunGrain grain, RunToken token, ModelRoute route, ModelCallUsage usage)
    {
        using var limit = new CancellationTokenSource(options.RecordTimeout, time);
        try
        {
            await grain.RecordModelCallAsync(token.Uid, usage, limit.Token);
            await bus.PublishAsync(
                new BusEvent
                {
                    Topic = Topics.ModelCall,
                    Id = usage.CallId,
                    Timestamp = time.GetUtcNow(),
                    Metadata = new BusEventMetadata { Namespace = token.Run.Namespace, AgentRunId = token.Run.Name, AgentRunUid = token.Uid, InstanceName = token.Instance },
                    Data = JsonSerializer.SerializeToNode(new ModelCallCompleted(route.Provider, route.Model, usage), EventsJson.Default.ModelCallCompleted),
                },
                limit.Token);
        }
        catch (Exception failure)
        {
            LogNotRecorded(failure, token.Run, usage.InputTokens, usage.OutputTokens);
        }
    }

    private IRunGrain Grain(HttpContext context) => grains.GetGrain<IRunGrain>(Token(context).Run.ToString());

    private static RunToken Token(HttpContext context) => context.Features.Get<RunToken>()!;

    private static async Task<ModelRoute> RouteAsync(IRunGrain grain, RunToken token, CancellationToken cancellationToken)
    {
        try
        {
            return await grain.GetModelRouteAsync(token.Uid, cancellationToken);
        }
        catch (SympoziumConflictException ended)
        {
            throw new ApiException(409, ErrorTypes.InvalidRequest, "run_ended", ended.Message, inner: ended) { ShouldRetry = false };
        }
    }

    private static JsonObject Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            return JsonNode.Parse(body.Span) as JsonObject ?? throw ApiException.Invalid("The body must be a JSON object.", null);
        }
        catch (JsonException wrong)
        {
            throw ApiException.Invalid($"The body is not valid JSON: {wrong.Message}", null);
        }
    }

    private static byte[] OpenAiBody(JsonObject request, ProviderTarget target, bool stream)
    {
        request["model"] = target.Route.Model;
        if (stream && target.Known.TakesStreamOptions)
        {
            if (request["stream_options"] is not JsonObject streamOptions)
            {
                request["stream_options"] = streamOptions = [];
            }

            streamOptions["include_usage"] = true;
        }
        else
        {
            request.Remove("stream_options");
        }

        return Serialize(request);
    }

    private static byte[] Serialize(JsonObject request)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            request.WriteTo(json);
        }

        return buffer.ToArray();
    }

    private static bool Flag(JsonNode? node) => node is JsonValue value && value.TryGetValue(out bool flag) && flag;

    [LoggerMessage(Level = LogLevel.Error, Message = "A model call of run {RunId} with {InputTokens} input and {OutputTokens} output tokens could not be recorded; its usage is too low by that")]
    private partial void LogNotRecorded(Exception exception, ResourceKey runId, long inputTokens, long outputTokens);
}
