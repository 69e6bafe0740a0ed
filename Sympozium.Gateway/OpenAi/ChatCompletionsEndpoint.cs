using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Ipc;
using Sympozium.Abstractions.Runs;
using Sympozium.Gateway.Hosting;
using Sympozium.Gateway.Runs;

namespace Sympozium.Gateway.OpenAi;

/// <summary>
/// <c>POST /v1/chat/completions</c>: one call, one AgentRun. A stream's headers are sent with the first text or heartbeat, so that
/// a run which fails early is answered with a proper status. When the last client of a run leaves, the run is cancelled;
/// when the gateway stops, it is not.
/// </summary>
internal sealed partial class ChatCompletionsEndpoint(
    InstanceCatalog catalog,
    RunLauncher launcher,
    RunFollowers followers,
    GatewayOptions options,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILogger<ChatCompletionsEndpoint> logger)
{
    public const string Pattern = "/v1/chat/completions";
    private const string RunHeader = "x-sympozium-run";
    private const int MaxIdempotencyKeyLength = 255;

    public async Task HandleAsync(HttpContext context)
    {
        ReadOnlyMemory<byte> body = await RequestBody.ReadAsync(context);
        ChatRequest request = ChatRequest.Parse(body);
        CatalogEntry instance = await catalog.GetAsync(request.Model, context.RequestAborted);
        LaunchedRun run = await LaunchAsync(context, instance, request, body);
        context.Response.Headers[RunHeader] = run.Key.ToString();
        using var wait = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        using RunFollower follower = followers.Follow(run.Key);
        follower.Log.EnterClient();
        bool ended = false;
        try
        {
            if (run.Joined)
            {
                await follower.PollAsync(wait.Token);
            }

            using var writer = new CompletionWriter(context.Response.BodyWriter, $"chatcmpl-{run.Key.Name}", request.Model, run.Created, request.IncludeUsage);
            RunPhaseChange end = request.Stream
                ? await StreamAsync(context, run, follower, writer, wait.Token)
                : await WholeAsync(context, run, follower, writer, wait.Token);
            ended = RunPhase.IsTerminal(end.Phase);
        }
        catch (ApiException)
        {
            // A terminal phase that is an error: there is nothing left to cancel.
            ended = true;
            throw;
        }
        catch (OperationCanceledException stopped) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            ended = true;
            throw new SympoziumUnavailableException($"The gateway stops; run '{run.Key}' goes on and its result will be in the AgentRun.", stopped);
        }
        finally
        {
            // Ended also for others: this client may have left first and be the last to be noticed.
            if (follower.Log.LeaveClient() && !ended && follower.Log.EndedAt == 0 && context.RequestAborted.IsCancellationRequested)
            {
                await CancelAsync(run.Key);
            }
        }
    }

    /// <summary>Not bound to the client: a creation that is cut in half could leave a run that nobody cancels.</summary>
    private async Task<LaunchedRun> LaunchAsync(HttpContext context, CatalogEntry instance, ChatRequest request, ReadOnlyMemory<byte> body)
    {
        string? idempotencyKey = context.Request.Headers["Idempotency-Key"];
        if (idempotencyKey?.Length > MaxIdempotencyKeyLength)
        {
            throw ApiException.Invalid($"'Idempotency-Key' may have at most {MaxIdempotencyKeyLength} characters.", "Idempotency-Key");
        }

        using var limit = new CancellationTokenSource(options.ControlTimeout, time);
        try
        {
            return await launcher.LaunchAsync(instance, request, body, string.IsNullOrEmpty(idempotencyKey) ? null : idempotencyKey, limit.Token);
        }
        catch (OperationCanceledException late) when (limit.IsCancellationRequested)
        {
            throw new SympoziumUnavailableException($"The API server took longer than {options.ControlTimeout.TotalSeconds:0} s to create the run.", late);
        }
    }

    private static async Task<RunPhaseChange> WholeAsync(HttpContext context, LaunchedRun run, RunFollower follower, CompletionWriter writer, CancellationToken cancellationToken)
    {
        var text = new AnswerText();
        while (true)
        {
            foreach (RunEvent runEvent in await follower.NextAsync(cancellationToken))
            {
                if (runEvent.Chunk is { } chunk)
                {
                    text.Take(chunk);
                }

                if (!runEvent.IsTerminal)
                {
                    continue;
                }

                RunPhaseChange end = runEvent.Phase!;
                if (RunErrors.From(run.Key, end) is { } error)
                {
                    throw error;
                }

                context.Response.ContentType = "application/json";
                writer.Whole(end.Result ?? "", end.Usage);
                await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
                return end;
            }
        }
    }

    private static async Task<RunPhaseChange> StreamAsync(HttpContext context, LaunchedRun run, RunFollower follower, CompletionWriter writer, CancellationToken cancellationToken)
    {
        CancellationToken aborted = context.RequestAborted;
        PipeWriter output = context.Response.BodyWriter;
        var text = new AnswerText();
        var started = new Started();
        while (true)
        {
            IReadOnlyList<RunEvent> events = await follower.NextAsync(cancellationToken);
            if (events.Count == 0)
            {
                Start(context, writer, started);
                output.Write(EventStream.Heartbeat);
            }

            foreach (RunEvent runEvent in events)
            {
                if (runEvent.IsTerminal)
                {
                    RunPhaseChange end = runEvent.Phase!;
                    if (RunErrors.From(run.Key, end) is { } error)
                    {
                        // Before the first byte the status tells it, after it the envelope writes an error event.
                        throw error;
                    }

                    Start(context, writer, started);
                    Write(writer.Content, text.Rest(end.Result));
                    writer.End(end.Usage);
                    await output.FlushAsync(aborted);
                    return end;
                }

                if (runEvent.Chunk is { } chunk)
                {
                    Pass(context, writer, text, started, chunk);
                }
            }

            if (output.UnflushedBytes > 0)
            {
                await output.FlushAsync(aborted);
            }
        }
    }

    private static void Pass(HttpContext context, CompletionWriter writer, AnswerText text, Started started, StreamChunk chunk)
    {
        bool reasoning = chunk.Type == StreamChunkType.Reasoning;
        string? piece = reasoning ? chunk.Content : text.Take(chunk);
        if (!string.IsNullOrEmpty(piece))
        {
            Start(context, writer, started);
            Write(reasoning ? writer.Reasoning : writer.Content, piece);
        }
    }

    private static void Write(Action<string> write, string? text)
    {
        if (!string.IsNullOrEmpty(text))
        {
            write(text);
        }
    }

    private static void Start(HttpContext context, CompletionWriter writer, Started started)
    {
        if (!started.Value)
        {
            started.Value = true;
            EventStream.Begin(context.Response);
            writer.Role();
        }
    }

    private async Task CancelAsync(ResourceKey run)
    {
        using var limit = new CancellationTokenSource(options.ControlTimeout, time);
        try
        {
            await launcher.CancelAsync(run, limit.Token);
            LogCancelled(run);
        }
        catch (Exception failure)
        {
            LogCancelFailed(failure, run);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Run {RunId} is cancelled because its client left")]
    private partial void LogCancelled(ResourceKey runId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Run {RunId} could not be cancelled after its client left; it ends by its timeout")]
    private partial void LogCancelFailed(Exception exception, ResourceKey runId);

    private sealed class Started
    {
        public bool Value { get; set; }
    }
}
