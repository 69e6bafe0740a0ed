using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Runs;
using Sympozium.Gateway.OpenAi;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Gateway.Runs;

/// <summary>
/// <c>GET /api/v1/namespaces/{ns}/agentruns/{name}/events</c>: a run's phases, chunks and states as server-sent events, from its
/// start or after <c>Last-Event-ID</c>; ends after the terminal phase.
/// </summary>
internal sealed class RunEventsEndpoint(RunEventHub hub, RunFollowers followers, IKubernetesClient kubernetes, IHostApplicationLifetime lifetime)
{
    public const string Pattern = "/api/v1/namespaces/{ns}/agentruns/{name}/events";

    public async Task HandleAsync(HttpContext context)
    {
        var run = new ResourceKey((string)context.GetRouteValue("ns")!, (string)context.GetRouteValue("name")!);
        CancellationToken aborted = context.RequestAborted;
        RunPhaseChange? present = null;
        if (hub.Find(run) is null)
        {
            JsonObject resource = await kubernetes.GetAsync(SympoziumTypes.AgentRuns, run.Namespace, run.Name, aborted)
                ?? throw new ApiException(404, ErrorTypes.InvalidRequest, "run_not_found", $"There is no AgentRun '{run.Name}' in namespace '{run.Namespace}'.");
            present = RunPhaseReader.Read(resource);
        }

        EventStream.Begin(context.Response);
        IBufferWriter<byte> output = context.Response.BodyWriter;
        if (present is not null)
        {
            var first = new RunEvent { Phase = present };
            Write(output, first, withId: false);
            await context.Response.BodyWriter.FlushAsync(aborted);
            if (first.IsTerminal)
            {
                return;
            }
        }

        await context.Response.BodyWriter.FlushAsync(aborted);
        using RunFollower follower = followers.Follow(run, Position(context.Request.Headers["Last-Event-ID"]));
        using var wait = CancellationTokenSource.CreateLinkedTokenSource(aborted, lifetime.ApplicationStopping);
        try
        {
            await PassAsync(context, follower, wait.Token);
        }
        catch (OperationCanceledException) when (!aborted.IsCancellationRequested)
        {
            // The gateway stops: the stream just ends, clients come back with their Last-Event-ID.
            await context.Response.CompleteAsync();
        }
    }

    private async Task PassAsync(HttpContext context, RunFollower follower, CancellationToken cancellationToken)
    {
        IBufferWriter<byte> output = context.Response.BodyWriter;
        bool ended = false;
        while (!ended)
        {
            IReadOnlyList<RunEvent> events = await follower.NextAsync(cancellationToken);
            if (events.Count == 0)
            {
                output.Write(EventStream.Heartbeat);
            }

            foreach (RunEvent runEvent in events)
            {
                Write(output, runEvent, withId: true);
                ended |= runEvent.IsTerminal;
            }

            await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
        }
    }

    /// <summary>An id of another start of the gateway counts from the beginning.</summary>
    private long Position(string? lastEventId) =>
        lastEventId is not null && lastEventId.StartsWith(hub.Epoch + "-", StringComparison.Ordinal)
            && long.TryParse(lastEventId.AsSpan(hub.Epoch.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out long position)
            ? position
            : 0;

    private void Write(IBufferWriter<byte> output, RunEvent runEvent, bool withId)
    {
        if (withId)
        {
            output.Write(Encoding.ASCII.GetBytes($"id: {hub.Epoch}-{runEvent.Sequence}\n"));
        }

        output.Write("event: "u8);
        output.Write(runEvent.Name);
        output.Write("\ndata: "u8);
        output.Write(runEvent.Json);
        output.Write("\n\n"u8);
    }
}
