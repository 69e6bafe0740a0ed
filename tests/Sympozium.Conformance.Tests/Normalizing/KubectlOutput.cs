using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Sympozium.Conformance.Tests.Normalizing;

/// <summary>Normalizes what kubectl printed: JSON as JSON, everything else line by line.</summary>
internal sealed partial class KubectlOutput(NormalizerContext context, Identities identities, TextNormalizer texts, JsonNormalizer json)
{
    private const string Duration = @"(?:\d+(?:\.\d+)?(?:y|d|h|ms|m|s))+";

    private static readonly HashSet<string> AgeColumns = ["AGE", "DURATION", "LAST SEEN", "FIRST SEEN", "LAST SCHEDULE"];
    private static readonly HashSet<string> TableCommands = ["get", "api-resources", "create", "apply", "explain", "rollout", "auth"];

    /// <summary>The text as a JSON object or array; null when it is neither.</summary>
    public static JsonNode? Structure(string text)
    {
        if (text.AsSpan().TrimStart() is not ['{' or '[', ..])
        {
            return null;
        }

        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public JsonObject Normalize(string[] arguments, string text) =>
        Structure(text) is { } document ? new JsonObject { ["json"] = json.Normalize(document) } : new JsonObject { ["lines"] = Lines(arguments, text) };

    public JsonArray Lines(string[] arguments, string text)
    {
        foreach (string node in context.Nodes)
        {
            text = Regex.Replace(text, $@"(?<![\w.-]){Regex.Escape(node)}(?![\w.-])", "<node>");
        }

        text = Differences(Versions(text));
        text = Bullets().Replace(text, m => string.Join('\n', m.Value.TrimEnd('\n').Split('\n').Order(StringComparer.Ordinal)) + "\n");
        if (arguments.Contains("--no-headers"))
        {
            text = BareAge().Replace(text, "<age>");
        }

        bool describes = arguments.Contains("describe");
        if (describes)
        {
            text = Description(text);
        }

        if (describes || arguments.Contains("events") || TableCommands.Contains(arguments[0]))
        {
            text = Columns(text);
        }

        string[] lines = texts.Normalize(text).TrimEnd('\n').Split('\n');
        return lines is [""] ? [] : new JsonArray([.. lines.Select(l => (JsonNode)l)]);
    }

    private string Versions(string text)
    {
        text = VersionWithUid().Replace(text, m => $"resourceVersion: \"{identities.Version(m.Groups[3].Value, m.Groups[1].Value)}\"{m.Groups[2].Value}{m.Groups[3].Value}");
        text = PlainVersion().Replace(text, "resourceVersion: \"<rv>\"");
        return DescribedVersion().Replace(text, "$1<rv>");
    }

    private static string Differences(string text)
    {
        text = DiffFolder().Replace(text, "$1/");
        text = DiffHeader().Replace(text, "$1");
        return DiffCommand().Replace(text, m => DiffOption().Replace(m.Value, ""));
    }

    private static string Description(string text)
    {
        text = DescribedDuration().Replace(text, "$1<age>");
        text = DescribedEvent().Replace(text, "$1<age>");
        return Underline().Replace(text, "$1----");
    }

    // Ages, and the paddings between columns, which are kubectl's own doing.
    private static string Columns(string text)
    {
        List<(int Start, int? End)>? ages = null;
        string[] lines = text.Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i];
            Match[] cells = [.. Cell().Matches(line).Cast<Match>()];
            if (cells.Length > 1 && Heading().IsMatch(line.Trim()))
            {
                ages = [.. cells.Index().Where(c => AgeColumns.Contains(c.Item.Value)).Select(c => (c.Item.Index, c.Index + 1 < cells.Length ? cells[c.Index + 1].Index : (int?)null))];
            }
            else if (string.IsNullOrWhiteSpace(line))
            {
                ages = null;
            }
            else if (ages is not null)
            {
                line = WithoutAges(line, ages);
            }

            int lead = line.Length - line.TrimStart(' ').Length;
            lines[i] = line[..lead] + Padding().Replace(line[lead..], "   ").TrimEnd();
        }

        return string.Join('\n', lines);
    }

    private static string WithoutAges(string line, List<(int Start, int? End)> ages)
    {
        foreach ((int start, int? end) in Enumerable.Reverse(ages).Where(a => a.Start < line.Length))
        {
            int stop = Math.Min(end ?? line.Length, line.Length);
            line = line[..start] + AnyDuration().Replace(line[start..stop], "<age>", 1) + line[stop..];
        }

        return line;
    }

    [GeneratedRegex("""resourceVersion: "(\d+)"(\n\s*uid: )([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})""")]
    private static partial Regex VersionWithUid();

    [GeneratedRegex(@"resourceVersion: ""[1-9]\d*""")]
    private static partial Regex PlainVersion();

    [GeneratedRegex(@"^(\s*Resource Version:\s+)\d+$", RegexOptions.Multiline)]
    private static partial Regex DescribedVersion();

    [GeneratedRegex(@"(?:/\S*/)?(LIVE|MERGED)-\d+/")]
    private static partial Regex DiffFolder();

    [GeneratedRegex(@"^((?:---|\+\+\+) (?:LIVE|MERGED)/\S+)\t.*$", RegexOptions.Multiline)]
    private static partial Regex DiffHeader();

    [GeneratedRegex("^diff .*$", RegexOptions.Multiline)]
    private static partial Regex DiffCommand();

    [GeneratedRegex(@"\s-\S+")]
    private static partial Regex DiffOption();

    [GeneratedRegex(@"(?:^\* .*\n?){2,}", RegexOptions.Multiline)]
    private static partial Regex Bullets();

    [GeneratedRegex($@"(?:^|(?<=\s\s)){Duration}(?=\s\s|\s*$)", RegexOptions.Multiline)]
    private static partial Regex BareAge();

    [GeneratedRegex(@"^(Duration:\s+)\S+$", RegexOptions.Multiline)]
    private static partial Regex DescribedDuration();

    [GeneratedRegex(@"^(\s+(?:Normal|Warning)\s+\S+\s+)(?:<unknown>|(?:\d+[smhd])+(?: \(x\d+ over (?:\d+[smhd])+\))?)(?=\s)", RegexOptions.Multiline)]
    private static partial Regex DescribedEvent();

    [GeneratedRegex(@"^(\s+)-{4,}(?:\s+-{2,})+$", RegexOptions.Multiline)]
    private static partial Regex Underline();

    [GeneratedRegex(@"\S+(?: \S+)*")]
    private static partial Regex Cell();

    [GeneratedRegex(@"^[A-Z][A-Z0-9 ()/_.-]*\z")]
    private static partial Regex Heading();

    [GeneratedRegex(@"(?<=\S) {2,}|\t+")]
    private static partial Regex Padding();

    [GeneratedRegex(Duration)]
    private static partial Regex AnyDuration();
}
