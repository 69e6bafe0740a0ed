using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Sympozium.Conformance.Tests.Normalizing;

namespace Sympozium.Conformance.Tests.Running;

/// <summary>What a step says about its output: <c>filter</c>, <c>ignore</c>, <c>pick</c>, <c>grep</c>, <c>sort</c>, <c>save</c>.</summary>
internal static class StepShape
{
    /// <summary>Filters, drops and picks in a body before it is normalized; changes the body.</summary>
    public static JsonNode? Apply(CaseContext context, JsonObject step, JsonNode? body)
    {
        foreach (JsonNode? filter in step["filter"] as JsonArray ?? [])
        {
            JsonPaths.Filter(body, filter!);
        }

        foreach (JsonNode? path in context.Case.Ignored.Concat(step["ignore"] as JsonArray ?? []))
        {
            JsonPaths.Drop(body, JsonPaths.Parse(path));
        }

        return step["pick"] is JsonObject { Count: > 0 } picks
            ? new JsonObject(picks.Select(p => KeyValuePair.Create(p.Key, JsonPaths.Pick(body, JsonPaths.Parse(p.Value)))))
            : body;
    }

    /// <summary>The lines that match, sorted when the step says so.</summary>
    public static string Lines(JsonObject step, string text)
    {
        string? pattern = (string?)step["grep"];
        bool sorts = (bool?)step["sort"] ?? false;
        if (pattern is null && !sorts)
        {
            return text;
        }

        IEnumerable<string> lines = text.Split('\n').Where(l => l.Length > 0 && (pattern is null || Regex.IsMatch(l, pattern)));
        return string.Join('\n', sorts ? lines.Order(StringComparer.Ordinal) : lines);
    }

    /// <summary>Keeps values of an output for later steps.</summary>
    public static void Save(CaseContext context, JsonObject step, string output, JsonNode? body)
    {
        foreach ((string name, JsonNode? source) in step["save"] as JsonObject ?? [])
        {
            string value = source is JsonValue && (string?)source == "stdout" ? output.Trim() : JsonPaths.Pick(body, JsonPaths.Parse(source))?.ToString() ?? "";
            if (value == JsonPaths.Absent)
            {
                throw new StepException($"'{name}' cannot be saved: nothing is at {source?.ToJsonString()} in {output}");
            }

            context.Variables.Save(name, value);
        }
    }
}
