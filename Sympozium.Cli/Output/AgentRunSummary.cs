using System.Globalization;
using System.Text.Json.Nodes;

namespace Sympozium.Cli.Output;

/// <summary>What a person wants to know first about an AgentRun.</summary>
internal static class AgentRunSummary
{
    public static IEnumerable<(int Level, string Label, string Value)> Lines(JsonObject run, TimeProvider time)
    {
        JsonNode? spec = run["spec"];
        JsonNode? status = run["status"];
        string instance = Text(spec?["instanceRef"]) is { Length: > 0 } name ? name : Text(spec?["agentRef"]);
        string task = Text(spec?["task"]) is { Length: > 0 } text ? text : Text(spec?["input"]);
        (string, string)[] lines =
        [
            ("Phase", Text(status?["phase"]) is { Length: > 0 } phase ? phase : "Pending"),
            ("Reason", Text(status?["reason"])),
            ("Error", Text(status?["error"])),
            ("Instance", instance),
            ("Task", task),
            ("Duration", Duration(status, time)),
            ("Result", Text(status?["result"]) is { Length: > 0 } result ? result : Text(status?["output"])),
            ("Usage", Usage(status?["tokenUsage"] as JsonObject)),
        ];
        return lines.Where(l => l.Item2.Length > 0).Select(l => (0, l.Item1, l.Item2));
    }

    /// <summary>Token usage in one line; empty when there is none.</summary>
    public static string Usage(JsonObject? usage)
    {
        if (usage is null)
        {
            return "";
        }
        List<string> parts = [$"{Number(usage["inputTokens"])} input + {Number(usage["outputTokens"])} output = {Number(usage["totalTokens"])} tokens"];
        if (Number(usage["modelCalls"]) is > 0 and var calls)
        {
            parts.Add($"{calls} model {(calls == 1 ? "call" : "calls")}");
        }
        if (Number(usage["toolCalls"]) is > 0 and var tools)
        {
            parts.Add($"{tools} tool {(tools == 1 ? "call" : "calls")}");
        }
        if (Number(usage["durationMs"]) is > 0 and var duration)
        {
            parts.Add(AgeText.Took(TimeSpan.FromMilliseconds(duration)));
        }
        return string.Join(", ", parts);
    }

    private static string Duration(JsonNode? status, TimeProvider time)
    {
        if (Time(status?["startedAt"]) is not { } started)
        {
            return "";
        }
        return AgeText.Took((Time(status?["completedAt"]) ?? time.GetUtcNow()) - started);
    }

    private static DateTimeOffset? Time(JsonNode? node) =>
        DateTimeOffset.TryParse(Text(node), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) ? time : null;

    private static long Number(JsonNode? node) => node is JsonValue value && value.TryGetValue(out long number) ? number : 0;

    private static string Text(JsonNode? node) => node is null ? "" : node is JsonValue value && value.TryGetValue(out string? text) ? text : node.ToJsonString();
}
