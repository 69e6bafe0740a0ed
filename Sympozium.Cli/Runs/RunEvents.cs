using System.Net;
using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Events;
using Sympozium.Abstractions.Ipc;
using Sympozium.Abstractions.Runs;

namespace Sympozium.Cli.Runs;

/// <summary>One thing that happened in a run: one of the three is set.</summary>
internal sealed record RunEvent(RunPhaseChange? Phase, StreamChunk? Chunk, AgentStatusUpdate? Status);

/// <summary>The gateway's live events of a run; a broken stream is taken up again where it broke.</summary>
internal sealed class RunEvents : IDisposable
{
    private readonly HttpClient _http = new() { Timeout = Timeout.InfiniteTimeSpan };
    private readonly Uri _gateway;
    private readonly string _token;

    public RunEvents(Uri gateway, string token)
    {
        _gateway = gateway;
        _token = token;
    }

    /// <summary>Id of the last event seen; reading goes on behind it.</summary>
    public string? LastId { get; set; }

    /// <summary>Events from the run's start, or after the last one seen; ends when the server ends the stream.</summary>
    /// <exception cref="HttpRequestException">The gateway does not answer, or not with events.</exception>
    /// <exception cref="IOException">The stream broke.</exception>
    public async IAsyncEnumerable<RunEvent> ReadAsync(ResourceKey run, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Uri address = new(_gateway, $"/api/v1/namespaces/{Uri.EscapeDataString(run.Namespace)}/agentruns/{Uri.EscapeDataString(run.Name)}/events");
        using HttpRequestMessage request = new(HttpMethod.Get, address);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _token);
        request.Headers.Accept.ParseAdd("text/event-stream");
        if (LastId is not null)
        {
            request.Headers.TryAddWithoutValidation("Last-Event-ID", LastId);
        }
        using HttpResponseMessage response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (response.StatusCode != HttpStatusCode.OK)
        {
            throw new HttpRequestException($"the gateway answered {(int)response.StatusCode} to a request for live events", null, response.StatusCode);
        }
        await using Stream stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        await foreach (SseItem<string> item in SseParser.Create(stream).EnumerateAsync(cancellationToken))
        {
            LastId = item.EventId ?? LastId;
            foreach (RunEvent runEvent in Parse(item))
            {
                yield return runEvent;
            }
        }
    }

    public void Dispose() => _http.Dispose();

    // An event that cannot be read is left out: the resource tells the truth in the end.
    private static IEnumerable<RunEvent> Parse(SseItem<string> item)
    {
        try
        {
            return item.EventType switch
            {
                "phase" => [new RunEvent(JsonSerializer.Deserialize(item.Data, EventsJson.Default.RunPhaseChange), null, null)],
                "status" => [new RunEvent(null, null, JsonSerializer.Deserialize(item.Data, IpcJson.Default.AgentStatusUpdate))],
                "chunk" when item.Data.StartsWith('[') => [.. (JsonSerializer.Deserialize(item.Data, IpcJson.Default.StreamChunkArray) ?? []).Select(c => new RunEvent(null, c, null))],
                "chunk" => [new RunEvent(null, JsonSerializer.Deserialize(item.Data, IpcJson.Default.StreamChunk), null)],
                _ => [],
            };
        }
        catch (JsonException)
        {
            return [];
        }
    }
}
