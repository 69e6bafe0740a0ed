using System.Text.Json;
using System.Text.Json.Nodes;
using Sympozium.Conformance.Tests.Cluster;

namespace Sympozium.Conformance.Tests.Running;

/// <summary><c>{"watch": {"path": ...}, "during": [...]}</c>: opened first, then the steps run, then its events are compared.</summary>
internal static class WatchStep
{
    private const double DefaultSeconds = 20;
    private const int MaxBuffered = 10_000;
    private const string LastInitialEvent = "initial-events-end";

    public static async Task<JsonObject> RunAsync(CaseContext context, JsonObject step, JsonObject written, Func<JsonObject, Task<JsonArray>> during)
    {
        JsonObject watch = step["watch"]!.AsObject();
        ApiRequest request = HttpStep.Request(watch, (string?)step["token"]);
        using CancellationTokenSource limit = new(context.Limits.ForKubectl(0));
        using HttpResponseMessage response = await context.Target.Cluster.SendAsync(request, limit.Token);
        JsonObject headers = [];
        if (response.Content.Headers.NonValidated.TryGetValues("Content-Type", out var type))
        {
            headers["Content-Type"] = type.ToString();
        }

        JsonObject result = new() { ["watch"] = (string?)written["watch"]!["path"], ["status"] = (int)response.StatusCode, ["headers"] = headers };
        if (!response.IsSuccessStatusCode)
        {
            string text = await response.Content.ReadAsStringAsync(limit.Token);
            result["body"] = ApiAnswer.Parsed(text) is { } body ? context.Json.Normalize(body) : context.Texts.Normalize(text);
            return result;
        }

        using StreamReader reader = new(await response.Content.ReadAsStreamAsync(limit.Token));
        await using LineReader lines = new(reader.ReadLineAsync, MaxBuffered);
        IReadOnlyDictionary<string, long> before = context.Identities.Remember();
        JsonArray steps = await during(written);

        // Where nothing shows that the last event has come, the case's own time does; from here on, for the server has answered.
        double seconds = (double?)watch["timeout"] ?? DefaultSeconds;
        limit.CancelAfter(watch.ContainsKey("events") || watch.ContainsKey("ends") ? context.Limits.ForWait(seconds) : TimeSpan.FromSeconds(seconds));
        IReadOnlyList<JsonNode> events = await EventsAsync(watch, lines, limit.Token);
        result["events"] = Shaped(context, step, watch, events, before);
        if ((bool?)watch["ends"] == true)
        {
            result["server ended the stream"] = lines.HasEnded;
        }

        result["during"] = steps;
        return result;
    }

    private static async Task<IReadOnlyList<JsonNode>> EventsAsync(JsonObject watch, LineReader lines, CancellationToken limit)
    {
        // An end that is expected is waited for, not concluded from silence.
        int wanted = (bool?)watch["ends"] == true ? int.MaxValue : (int?)watch["events"] ?? int.MaxValue;
        List<JsonNode> events = [];
        while (await lines.NextAsync(events.Count >= wanted, limit) is { } line)
        {
            JsonNode change = Parsed(line);
            if ((string?)change["type"] == "BOOKMARK" && (bool?)watch["bookmarks"] != true && !line.Contains(LastInitialEvent, StringComparison.Ordinal))
            {
                continue;
            }

            events.Add(change);
        }

        return events;
    }

    private static JsonArray Shaped(
        CaseContext context, JsonObject step, JsonObject watch, IReadOnlyList<JsonNode> events, IReadOnlyDictionary<string, long> before)
    {
        JsonObject shape = (JsonObject)step.DeepClone();
        foreach ((string key, JsonNode? value) in watch)
        {
            shape[key] = value?.DeepClone();
        }

        IReadOnlyDictionary<string, long> after = context.Identities.Swap(before);
        List<JsonNode?> shaped = [.. events.Select(e => context.Json.Normalize(StepShape.Apply(context, shape, e)))];
        context.Identities.Continue(before, after);
        if ((bool?)watch["collapse"] == true)
        {
            shaped = [.. shaped.Where((e, i) => i == 0 || !JsonNode.DeepEquals(e, shaped[i - 1]))];
        }

        return new JsonArray([.. shaped]);
    }

    private static JsonNode Parsed(string line)
    {
        try
        {
            return JsonNode.Parse(line) as JsonObject ?? new JsonObject { ["not json"] = line };
        }
        catch (JsonException)
        {
            return new JsonObject { ["not json"] = line };
        }
    }
}
