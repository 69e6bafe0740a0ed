using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Sympozium.Abstractions;
using Sympozium.Abstractions.History;
using Sympozium.Gateway.OpenAi;

namespace Sympozium.Gateway.History;

/// <summary>
/// What is kept of runs after their resources are gone: <c>GET /api/v1/history</c> lists runs, latest first;
/// <c>GET /api/v1/namespaces/{ns}/agentruns/{name}/history</c> has a run's entries; <c>GET /api/v1/usage</c> sums model calls.
/// </summary>
internal sealed class HistoryEndpoints(IRunHistory history, IUsageLedger usage, TimeProvider time)
{
    public const string ListPattern = "/api/v1/history";
    public const string RunPattern = "/api/v1/namespaces/{ns}/agentruns/{name}/history";
    public const string UsagePattern = "/api/v1/usage";

    private const int DefaultLimit = 100;
    private const int MaxLimit = 1000;
    private static readonly TimeSpan DefaultPeriod = TimeSpan.FromDays(30);

    public async Task ListAsync(HttpContext context)
    {
        IQueryCollection query = context.Request.Query;
        IReadOnlyList<RunSummary> runs = await history.ListAsync(
            new RunHistoryQuery(query["namespace"], query["instance"], Time(query, "before"), Limit(query)), context.RequestAborted);
        await SendAsync(context, new JsonObject { ["runs"] = new JsonArray([.. runs.Select(Write)]) });
    }

    public async Task RunAsync(HttpContext context)
    {
        var run = new ResourceKey((string)context.GetRouteValue("ns")!, (string)context.GetRouteValue("name")!);
        IQueryCollection query = context.Request.Query;
        IReadOnlyList<RunHistoryEntry> entries = await history.ReadAsync(run, query["uid"], Number(query, "after", 0, long.MaxValue), Limit(query), context.RequestAborted);
        if (entries.Count == 0 && string.IsNullOrEmpty(query["after"]))
        {
            throw new ApiException(404, ErrorTypes.InvalidRequest, "run_not_found", $"Nothing is known of a run '{run.Name}' in namespace '{run.Namespace}'.");
        }

        await SendAsync(context, new JsonObject { ["entries"] = new JsonArray([.. entries.Select(Write)]) });
    }

    public async Task UsageAsync(HttpContext context)
    {
        IQueryCollection query = context.Request.Query;
        DateTimeOffset until = Time(query, "until") ?? time.GetUtcNow();
        DateTimeOffset from = Time(query, "from") ?? until - DefaultPeriod;
        IReadOnlyList<UsageTotal> totals = await usage.SumAsync(query["namespace"], from, until, context.RequestAborted);
        await SendAsync(context, new JsonObject
        {
            ["from"] = Text(from),
            ["until"] = Text(until),
            ["totals"] = new JsonArray([.. totals.Select(Write)]),
        });
    }

    private static JsonNode Write(RunSummary run) => new JsonObject
    {
        ["namespace"] = run.Run.Namespace,
        ["name"] = run.Run.Name,
        ["uid"] = run.Uid,
        ["instance"] = run.Instance,
        ["phase"] = run.Phase,
        ["firstAt"] = Text(run.FirstAt),
        ["lastAt"] = Text(run.LastAt),
        ["entries"] = run.Entries,
    };

    private static JsonNode Write(RunHistoryEntry entry) => new JsonObject
    {
        ["sequence"] = entry.Sequence,
        ["uid"] = entry.Uid,
        ["at"] = Text(entry.At),
        ["topic"] = entry.Topic,
        ["phase"] = entry.Phase,
        ["data"] = entry.Data is null ? null : JsonNode.Parse(entry.Data),
    };

    private static JsonNode Write(UsageTotal total) => new JsonObject
    {
        ["namespace"] = total.Namespace,
        ["instance"] = total.Instance,
        ["provider"] = total.Provider,
        ["model"] = total.Model,
        ["calls"] = total.Calls,
        ["inputTokens"] = total.InputTokens,
        ["outputTokens"] = total.OutputTokens,
        ["costMicroUsd"] = total.CostMicroUsd,
    };

    private static int Limit(IQueryCollection query) =>
        string.IsNullOrEmpty(query["limit"]) ? DefaultLimit : (int)Number(query, "limit", 1, MaxLimit);

    private static long Number(IQueryCollection query, string name, long least, long most)
    {
        string? text = query[name];
        if (string.IsNullOrEmpty(text))
        {
            return least;
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number >= least && number <= most
            ? number
            : throw ApiException.Invalid($"'{name}' is '{text}'; expected a whole number from {least} to {most}.", name);
    }

    private static DateTimeOffset? Time(IQueryCollection query, string name)
    {
        string? text = query[name];
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset read)
            ? read
            : throw ApiException.Invalid($"'{name}' is '{text}'; expected a time such as 2026-01-31T12:00:00Z (RFC 3339).", name);
    }

    private static string Text(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    private static async Task SendAsync(HttpContext context, JsonObject body)
    {
        context.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        body.WriteTo(json);
        await json.FlushAsync(context.RequestAborted);
    }
}
