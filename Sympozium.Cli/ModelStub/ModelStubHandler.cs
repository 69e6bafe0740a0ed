using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace Sympozium.Cli.ModelStub;

/// <summary>Answers the requests of a <see cref="ModelStubServer"/>.</summary>
internal sealed class ModelStubHandler(ModelScript script, RequestLog log, TimeProvider time)
{
    private static readonly string[] KeyHeaders = ["Authorization", "x-api-key", "api-key"];

    /// <summary>Time for the client to notice that the answer ended too early.</summary>
    private static readonly TimeSpan CutPatience = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<Turn, int> _errorsGiven = new(ReferenceEqualityComparer.Instance);
    private int _count;

    public async Task HandleAsync(HttpContext context)
    {
        using var buffer = new MemoryStream();
        await context.Request.Body.CopyToAsync(buffer, context.RequestAborted);
        JsonObject? body = Parse(buffer);
        var request = new RecordedRequest
        {
            Number = Interlocked.Increment(ref _count),
            Method = context.Request.Method,
            Path = context.Request.Path + context.Request.QueryString,
            Headers = context.Request.Headers.ToDictionary(header => header.Key, Shown, StringComparer.OrdinalIgnoreCase),
            Body = body,
            At = time.GetUtcNow(),
            ReceivedAt = time.GetTimestamp(),
        };
        await log.AddAsync(request, context.RequestAborted);
        try
        {
            request.End(await AnswerAsync(context, request));
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException && context.RequestAborted.IsCancellationRequested)
        {
            request.End(request.IsCut ? ReplyOutcome.Cut : ReplyOutcome.ClientLeft);
        }
        finally
        {
            request.End(ReplyOutcome.Cut);
        }
    }

    private async Task<ReplyOutcome> AnswerAsync(HttpContext context, RecordedRequest request)
    {
        string path = context.Request.Path.Value!.TrimEnd('/');
        bool anthropic = path.EndsWith("/messages", StringComparison.Ordinal);
        Dialect errors = anthropic ? new AnthropicDialect() : new OpenAiDialect(false);
        if (script.ApiKey is { } key && !HasKey(context.Request, key))
        {
            return await ErrorAsync(context, errors, 401, "invalid_api_key", "Incorrect API key provided.");
        }

        if (HttpMethods.IsGet(context.Request.Method) && path.EndsWith("/models", StringComparison.Ordinal))
        {
            return await ModelsAsync(context);
        }

        if (!HttpMethods.IsPost(context.Request.Method) || !(anthropic || path.EndsWith("/chat/completions", StringComparison.Ordinal)))
        {
            return await ErrorAsync(context, errors, 404, null, $"The scripted model does not serve {request.Method} {path}.");
        }

        Conversation conversation;
        try
        {
            conversation = Conversation.Read(request.Body ?? throw new FormatException("the body is not a JSON object"));
        }
        catch (Exception wrong) when (wrong is InvalidOperationException or FormatException)
        {
            return await ErrorAsync(context, errors, 400, null, $"The request cannot be read: {wrong.Message}.");
        }

        if (script.Scenarios.FirstOrDefault(candidate => Matches(candidate.Match, conversation)) is not { } scenario)
        {
            string names = string.Join(", ", script.Scenarios.Select(candidate => candidate.Name));
            return await ErrorAsync(context, errors, 404, "model_not_found", $"No scenario of the script matches model '{conversation.Model}' and this message; there are: {names}.");
        }

        Turn turn = scenario.Turns[Math.Min(conversation.TurnIndex, scenario.Turns.Count - 1)];
        Dialect dialect = anthropic ? new AnthropicDialect() : new OpenAiDialect(conversation.IncludeUsage);
        return await PlayAsync(context, request, turn, conversation, dialect);
    }

    private async Task<ReplyOutcome> PlayAsync(HttpContext context, RecordedRequest request, Turn turn, Conversation conversation, Dialect dialect)
    {
        CancellationToken aborted = context.RequestAborted;
        await WaitAsync(turn.FirstDelay, aborted);
        if (turn.Error is { } error && (error.Times is not { } times || _errorsGiven.AddOrUpdate(turn, 1, static (_, given) => given + 1) <= times))
        {
            if (error.RetryAfter is { } retryAfter)
            {
                context.Response.Headers.RetryAfter = retryAfter;
            }

            return await ErrorAsync(context, dialect, error.Status, error.Code, error.Message);
        }

        Reply reply = Reply.Make(turn, conversation, request.Number, request.At);
        if (turn.Hang && reply.Pieces.Count == 0)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, time, aborted);
        }

        return conversation.Stream
            ? await StreamAsync(context, request, turn, reply, dialect)
            : await WholeAsync(context, request, turn, reply, dialect);
    }

    private async Task<ReplyOutcome> StreamAsync(HttpContext context, RecordedRequest request, Turn turn, Reply reply, Dialect dialect)
    {
        CancellationToken aborted = context.RequestAborted;
        HttpResponse response = context.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-cache";
        bool plain = turn.Rubbish is null || reply.Pieces.Count > 0;
        if (plain)
        {
            dialect.Begin(response.BodyWriter, reply);
            await response.BodyWriter.FlushAsync(aborted);
        }

        for (int i = 0; i < reply.Pieces.Count; i++)
        {
            if (i == turn.BreakAfter)
            {
                break;
            }

            if (i > 0)
            {
                await WaitAsync(turn.Delay, aborted);
            }

            request.MarkFirstPiece(time.GetTimestamp());
            dialect.Write(response.BodyWriter, reply, reply.Pieces[i]);
            await response.BodyWriter.FlushAsync(aborted);
        }

        if (turn.BreakAfter is not null)
        {
            await WaitAsync(turn.Delay, aborted);
            request.IsCut = true;
            return await CutAsync(context);
        }

        if (turn.Hang)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, time, aborted);
        }

        if (turn.Rubbish is { } rubbish)
        {
            await response.WriteAsync(rubbish + "\n\n", aborted);
            return ReplyOutcome.Completed;
        }

        dialect.End(response.BodyWriter, reply);
        await response.BodyWriter.FlushAsync(aborted);
        return ReplyOutcome.Completed;
    }

    /// <summary>Closes the sending side first: a reset could make the client's kernel drop the pieces that it has not read yet.</summary>
    private async Task<ReplyOutcome> CutAsync(HttpContext context)
    {
        context.Features.Get<IConnectionSocketFeature>()?.Socket.Shutdown(SocketShutdown.Send);
        try
        {
            await Task.Delay(CutPatience, time, context.RequestAborted);
        }
        finally
        {
            context.Abort();
        }

        return ReplyOutcome.Cut;
    }

    private async Task<ReplyOutcome> WholeAsync(HttpContext context, RecordedRequest request, Turn turn, Reply reply, Dialect dialect)
    {
        CancellationToken aborted = context.RequestAborted;
        await WaitAsync(turn.Delay * Math.Max(0, reply.Pieces.Count - 1), aborted);
        if (turn.Hang)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, time, aborted);
        }

        request.MarkFirstPiece(time.GetTimestamp());
        if (turn.BreakAfter is not null)
        {
            context.Abort();
            return ReplyOutcome.Cut;
        }

        context.Response.ContentType = "application/json";
        if (turn.Rubbish is { } rubbish)
        {
            await context.Response.WriteAsync(rubbish, aborted);
            return ReplyOutcome.Completed;
        }

        return await JsonAsync(context, json => dialect.WriteWhole(json, reply));
    }

    private Task<ReplyOutcome> ModelsAsync(HttpContext context) => JsonAsync(context, json =>
    {
        json.WriteStartObject();
        json.WriteString("object"u8, "list"u8);
        json.WriteStartArray("data"u8);
        foreach (string model in script.Models)
        {
            json.WriteStartObject();
            json.WriteString("id"u8, model);
            json.WriteString("object"u8, "model"u8);
            json.WriteNumber("created"u8, 0);
            json.WriteString("owned_by"u8, "model-stub"u8);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });

    private static Task<ReplyOutcome> ErrorAsync(HttpContext context, Dialect dialect, int status, string? code, string message)
    {
        context.Response.StatusCode = status;
        return JsonAsync(context, json => dialect.WriteError(json, status, code, message));
    }

    private static async Task<ReplyOutcome> JsonAsync(HttpContext context, Action<Utf8JsonWriter> write)
    {
        context.Response.ContentType = "application/json";
        await using (var json = new Utf8JsonWriter(context.Response.BodyWriter))
        {
            write(json);
        }

        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
        return ReplyOutcome.Completed;
    }

    private Task WaitAsync(TimeSpan delay, CancellationToken cancellationToken) =>
        delay > TimeSpan.Zero ? Task.Delay(delay, time, cancellationToken) : Task.CompletedTask;

    private static bool Matches(ScenarioMatch match, Conversation conversation) =>
        (match.Model is null || match.Model == conversation.Model)
        && (match.Contains is null || conversation.LastUser.Contains(match.Contains, StringComparison.OrdinalIgnoreCase))
        && (match.Pattern is null || match.Pattern.IsMatch(conversation.LastUser));

    private static JsonObject? Parse(MemoryStream body)
    {
        try
        {
            return JsonNode.Parse(body.GetBuffer().AsSpan(0, (int)body.Length)) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static bool HasKey(HttpRequest request, string key) =>
        KeyHeaders.Any(header => request.Headers[header].Any(value => value == key || value == $"Bearer {key}"));

    /// <summary>A key is never recorded; its hash lets a test see which one came.</summary>
    private static string Shown(KeyValuePair<string, Microsoft.Extensions.Primitives.StringValues> header)
    {
        string value = header.Value.ToString();
        if (!KeyHeaders.Contains(header.Key, StringComparer.OrdinalIgnoreCase))
        {
            return value;
        }

        string key = value.StartsWith("Bearer ", StringComparison.Ordinal) ? value["Bearer ".Length..] : value;
        return $"sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key))).ToString(CultureInfo.InvariantCulture)}";
    }
}
