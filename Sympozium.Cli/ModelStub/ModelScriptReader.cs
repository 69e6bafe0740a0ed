using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Sympozium.Cli.ModelStub;

/// <summary>Reads the YAML of a model script and reports every problem at once.</summary>
public static class ModelScriptReader
{
    private const long MaxDelayMs = 3_600_000;
    private static readonly TimeSpan PatternTimeout = TimeSpan.FromSeconds(1);

    /// <summary>Parses <paramref name="yaml"/>; <paramref name="source"/> names it in errors.</summary>
    /// <exception cref="ModelScriptException">The script is wrong.</exception>
    public static ModelScript Read(string yaml, string source)
    {
        var problems = new List<string>();
        ModelScript? script = null;
        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(yaml));
            if (stream.Documents.Count == 0)
            {
                problems.Add("line 1: the script is empty; it needs 'scenarios'.");
            }
            else
            {
                script = ReadScript(new ScriptNode(stream.Documents[0].RootNode, "script", problems));
            }
        }
        catch (YamlException broken)
        {
            problems.Add($"line {broken.Start.Line}: {broken.Message}");
        }

        return problems.Count == 0 ? script! : throw new ModelScriptException(source, problems);
    }

    /// <summary>Reads a script file.</summary>
    public static async Task<ModelScript> ReadFileAsync(string path, CancellationToken cancellationToken) =>
        Read(await File.ReadAllTextAsync(path, cancellationToken), path);

    private static ModelScript ReadScript(ScriptNode node)
    {
        IReadOnlyList<string> models = node.Strings("models", out _);
        Scenario[] scenarios = [.. node.Mappings("scenarios").Select(ReadScenario)];
        if (scenarios.Length == 0)
        {
            node.Problem("needs at least one entry in 'scenarios'.");
        }

        var script = new ModelScript { Scenarios = scenarios, ApiKey = node.String("apiKey") };
        node.Finish("models, apiKey, scenarios");
        return models.Count > 0 ? script with { Models = models } : script;
    }

    private static Scenario ReadScenario(ScriptNode node, int index)
    {
        string name = node.String("name") ?? $"scenario-{index + 1}";
        ScenarioMatch match = node.Mapping("match") is { } given ? ReadMatch(given) : new ScenarioMatch();
        Turn[] turns = [.. node.Mappings("turns").Select(ReadTurn)];
        if (turns.Length == 0)
        {
            node.Problem("needs at least one entry in 'turns'.");
        }

        node.Finish("name, match, turns");
        return new Scenario(name, match, turns);
    }

    private static ScenarioMatch ReadMatch(ScriptNode node)
    {
        Regex? pattern = null;
        if (node.String("regex") is { } text)
        {
            try
            {
                pattern = new Regex(text, RegexOptions.CultureInvariant, PatternTimeout);
            }
            catch (ArgumentException wrong)
            {
                node.Problem($"has a regex that does not parse: {wrong.Message}");
            }
        }

        var match = new ScenarioMatch { Model = node.String("model"), Contains = node.String("contains"), Pattern = pattern };
        node.Finish("model, contains, regex");
        return match;
    }

    private static Turn ReadTurn(ScriptNode node)
    {
        IReadOnlyList<string> say = node.Strings("say", out bool pieces);
        bool reportsUsage = true;
        ScriptedUsage? usage = null;
        if (node.IsScalar("usage"))
        {
            reportsUsage = false;
            if (node.String("usage") != "none")
            {
                node.Problem("has a usage that is neither a mapping nor the word none.");
            }
        }
        else if (node.Mapping("usage") is { } given)
        {
            usage = ReadUsage(given);
        }

        var turn = new Turn
        {
            Think = node.Strings("think", out _),
            Say = say,
            SplitWords = !pieces,
            Delay = Milliseconds(node, "delayMs"),
            FirstDelay = Milliseconds(node, "firstDelayMs"),
            ToolCalls = [.. node.Mappings("toolCalls").Select(ReadToolCall)],
            Usage = usage,
            ReportsUsage = reportsUsage,
            Finish = node.String("finish"),
            Error = node.Mapping("error") is { } error ? ReadError(error) : null,
            BreakAfter = (int?)node.Number("breakAfter", 0, int.MaxValue),
            Rubbish = node.String("rubbish"),
            Hang = node.Flag("hang"),
        };
        if (!node.Has("say") && !node.Has("think") && turn is { ToolCalls.Count: 0, Error: null, BreakAfter: null, Rubbish: null, Hang: false })
        {
            node.Problem("does nothing; give it say, think, toolCalls, error, breakAfter, rubbish or hang.");
        }

        node.Finish("think, say, delayMs, firstDelayMs, toolCalls, usage, finish, error, breakAfter, rubbish, hang");
        return turn;
    }

    private static TimeSpan Milliseconds(ScriptNode node, string key) => TimeSpan.FromMilliseconds(node.Number(key, 0, MaxDelayMs) ?? 0);

    private static ScriptedToolCall ReadToolCall(ScriptNode node)
    {
        string? name = node.String("name");
        if (string.IsNullOrEmpty(name))
        {
            node.Problem("needs the 'name' of the tool.");
        }

        JsonNode? arguments = null;
        string? raw = null;
        if (node.IsScalar("arguments"))
        {
            raw = node.String("arguments");
        }
        else
        {
            arguments = node.Json("arguments");
            if (arguments is JsonArray)
            {
                node.Problem("has arguments that are a list; use a mapping, or a string that is sent as it is.");
            }
        }

        node.Finish("name, arguments");
        return new ScriptedToolCall(name ?? "", arguments as JsonObject, raw);
    }

    private static ScriptedUsage ReadUsage(ScriptNode node)
    {
        var usage = new ScriptedUsage(
            node.Number("input", 0, long.MaxValue) ?? 0,
            node.Number("output", 0, long.MaxValue) ?? 0,
            node.Number("cached", 0, long.MaxValue) ?? 0,
            node.Number("reasoning", 0, long.MaxValue) ?? 0);
        node.Finish("input, output, cached, reasoning");
        return usage;
    }

    private static ScriptedError ReadError(ScriptNode node)
    {
        long? status = node.Number("status", 400, 599);
        if (!node.Has("status"))
        {
            node.Problem("needs a 'status' from 400 to 599.");
        }

        var error = new ScriptedError(
            (int)(status ?? 500),
            node.String("code"),
            node.String("message") ?? "The scripted model fails here.",
            node.String("retryAfter"),
            (int?)node.Number("times", 1, int.MaxValue));
        node.Finish("status, code, message, retryAfter, times");
        return error;
    }
}
