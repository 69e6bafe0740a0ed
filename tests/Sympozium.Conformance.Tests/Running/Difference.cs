using System.Text.Json.Nodes;

namespace Sympozium.Conformance.Tests.Running;

/// <summary>Says where an output is not the expected one.</summary>
internal static class Difference
{
    private const string Nothing = "nothing";
    private const int MaxReported = 12;
    private const int MaxValueLength = 600;

    /// <summary>One line with path, expected and actual value per difference; empty when there is none.</summary>
    public static IReadOnlyList<string> Between(JsonNode? expected, JsonNode? actual)
    {
        List<string> found = [];
        Compare(expected, actual, "", found);
        return found.Count <= MaxReported ? found : [.. found.Take(MaxReported), $"... and {found.Count - MaxReported} more"];
    }

    private static void Compare(JsonNode? expected, JsonNode? actual, string path, List<string> found)
    {
        switch (expected, actual)
        {
            case (JsonObject left, JsonObject right):
                foreach (string key in left.Select(p => p.Key).Union(right.Select(p => p.Key)).Order(StringComparer.Ordinal))
                {
                    Compare(left.ContainsKey(key), left[key], right.ContainsKey(key), right[key], path.Length == 0 ? key : $"{path}.{key}", found);
                }

                break;
            case (JsonArray left, JsonArray right):
                for (int i = 0; i < Math.Max(left.Count, right.Count); i++)
                {
                    Compare(i < left.Count, left.ElementAtOrDefault(i), i < right.Count, right.ElementAtOrDefault(i), $"{path}[{i}]", found);
                }

                break;
            default:
                if (!Same(expected, actual))
                {
                    Report(path, Shown(expected), Shown(actual), found);
                }

                break;
        }
    }

    private static void Compare(bool isExpected, JsonNode? expected, bool isActual, JsonNode? actual, string path, List<string> found)
    {
        if (isExpected && isActual)
        {
            Compare(expected, actual, path, found);
        }
        else
        {
            Report(path, isExpected ? Shown(expected) : Nothing, isActual ? Shown(actual) : Nothing, found);
        }
    }

    // Numbers by their spelling: 1 and 1.0 are two outputs.
    private static bool Same(JsonNode? expected, JsonNode? actual) =>
        expected?.GetValueKind() == actual?.GetValueKind() && (expected is null || expected.ToJsonString() == actual!.ToJsonString());

    private static void Report(string path, string expected, string actual, List<string> found) =>
        found.Add($"  {path}\n    expected: {expected}\n    actual:   {actual}");

    private static string Shown(JsonNode? node)
    {
        string text = node is null ? "null" : JsonText.Write(node);
        return text.Length <= MaxValueLength ? text : text[..MaxValueLength] + "...";
    }
}
