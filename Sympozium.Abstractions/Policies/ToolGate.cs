using System.Text;
using System.Text.Json;
using Sympozium.Abstractions.Resources;

namespace Sympozium.Abstractions.Policies;

/// <summary>
/// What a run may call: what every policy says of tools, and what the run says itself. The strictest word holds, so a further layer
/// never allows more. The runner asks it at each call; it travels there as JSON (<see cref="Write"/>).
/// </summary>
/// <param name="Layers">The layers, in any order.</param>
public sealed record ToolGate(IReadOnlyList<ToolLayer> Layers)
{
    /// <summary>Allows everything.</summary>
    public static readonly ToolGate Open = new([]);

    private const string RunLayer = "the run";

    /// <summary>The strictest decision of all layers.</summary>
    public ToolDecision Decide(string tool)
    {
        var strictest = new ToolDecision(ToolAction.Allow, "", "");
        foreach (ToolLayer layer in Layers)
        {
            ToolDecision decision = layer.Decide(tool);
            if (decision.Action > strictest.Action)
            {
                strictest = decision;
            }
        }

        return strictest;
    }

    /// <summary>Everything that either gate demands.</summary>
    public ToolGate Tighten(ToolGate other) => new(
        [.. Layers.Concat(other.Layers).Distinct().OrderBy(layer => layer.By, StringComparer.Ordinal).ThenBy(layer => layer.ToString(), StringComparer.Ordinal)]);

    /// <summary>Narrows by a run's own lists: its deny list wins, and a non-empty allow list admits nothing else.</summary>
    public ToolGate Narrow(ToolPolicySpec? run)
    {
        List<ToolLayer> layers = [.. Layers];
        if (Names(run?.Deny) is { Count: > 0 } denied)
        {
            layers.Add(new ToolLayer(RunLayer, ToolAction.Allow, "spec.toolPolicy", [.. denied.Select(name => new ToolRule(name, ToolAction.Deny, "spec.toolPolicy.deny"))]));
        }

        if (Names(run?.Allow) is { Count: > 0 } allowed)
        {
            layers.Add(new ToolLayer(RunLayer, ToolAction.Deny, "spec.toolPolicy.allow", [.. allowed.Select(name => new ToolRule(name, ToolAction.Allow, "spec.toolPolicy.allow"))]));
        }

        return new ToolGate(layers);
    }

    /// <summary>Names and patterns that some rule mentions and that have this action in the end; sorted.</summary>
    public IReadOnlyList<string> Mentioned(ToolAction action) =>
        [.. Layers.SelectMany(layer => layer.Rules).Select(rule => rule.Tool).Distinct(StringComparer.Ordinal).Where(tool => Decide(tool).Action == action).Order(StringComparer.Ordinal)];

    /// <summary>What happens to a tool that no rule mentions.</summary>
    public ToolAction Default => Layers.Count == 0 ? ToolAction.Allow : Layers.Max(layer => layer.Default);

    /// <summary>The gate as JSON: <c>[{"by":"...","default":"deny","rule":"...","rules":[{"tool":"...","action":"allow","rule":"..."}]}]</c>.</summary>
    public string Write()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            foreach (ToolLayer layer in Layers)
            {
                json.WriteStartObject();
                json.WriteString("by", layer.By);
                json.WriteString("default", ToolLayer.Word(layer.Default));
                json.WriteString("rule", layer.DefaultRule);
                json.WriteStartArray("rules");
                foreach (ToolRule rule in layer.Rules)
                {
                    json.WriteStartObject();
                    json.WriteString("tool", rule.Tool);
                    json.WriteString("action", ToolLayer.Word(rule.Action));
                    json.WriteString("rule", rule.Rule);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    /// <summary>Reads what <see cref="Write"/> wrote; null and empty allow everything.</summary>
    /// <exception cref="FormatException">It is something else. Nothing may be called then.</exception>
    public static ToolGate Read(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return Open;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            return new ToolGate([.. document.RootElement.EnumerateArray().Select(ReadLayer)]);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new FormatException($"The tool gate of the run cannot be read: {e.Message}", e);
        }
    }

    internal static ToolAction Action(string? word) => word switch
    {
        "allow" => ToolAction.Allow,
        "ask" => ToolAction.Ask,
        // A word that is misspelt must not open what its author wanted closed.
        _ => ToolAction.Deny,
    };

    /// <summary>A comma inside a name counts as one here too: other agents get these lists separated by commas.</summary>
    internal static List<string> Names(IEnumerable<string>? tools) =>
        [.. (tools ?? []).SelectMany(tool => tool.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];

    private static ToolLayer ReadLayer(JsonElement layer) => new(
        layer.GetProperty("by").GetString()!,
        Action(layer.GetProperty("default").GetString()),
        layer.GetProperty("rule").GetString()!,
        [.. layer.GetProperty("rules").EnumerateArray().Select(rule =>
            new ToolRule(rule.GetProperty("tool").GetString()!, Action(rule.GetProperty("action").GetString()), rule.GetProperty("rule").GetString()!))]);
}
