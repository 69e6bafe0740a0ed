using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Sympozium.Cli.ModelStub;

/// <summary>A YAML mapping that is read key by key; problems are collected, not thrown, and unknown keys are one of them.</summary>
internal sealed class ScriptNode
{
    private readonly Dictionary<string, YamlNode> _values = new(StringComparer.Ordinal);
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);
    private readonly YamlNode _node;
    private readonly string _path;
    private readonly List<string> _problems;

    public ScriptNode(YamlNode node, string path, List<string> problems)
    {
        (_node, _path, _problems) = (node, path, problems);
        if (node is not YamlMappingNode mapping)
        {
            Report(node, $"{path} must be a mapping, but is {Describe(node)}.");
            return;
        }

        foreach ((YamlNode key, YamlNode value) in mapping.Children)
        {
            _values[((key as YamlScalarNode)?.Value) ?? ""] = value;
        }
    }

    public bool Has(string key) => _values.ContainsKey(key);

    public void Problem(string message) => Report(_node, $"{_path} {message}");

    public string? String(string key) => Scalar(key)?.Value;

    public bool Flag(string key)
    {
        if (Scalar(key) is not { } scalar)
        {
            return false;
        }

        if (!bool.TryParse(scalar.Value, out bool value))
        {
            Report(scalar, $"{_path}.{key} must be true or false, but is '{scalar.Value}'.");
        }

        return value;
    }

    public long? Number(string key, long min, long max)
    {
        if (Scalar(key) is not { } scalar)
        {
            return null;
        }

        if (long.TryParse(scalar.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) && value >= min && value <= max)
        {
            return value;
        }

        Report(scalar, $"{_path}.{key} must be a whole number from {min} to {max}, but is '{scalar.Value}'.");
        return null;
    }

    /// <summary>A string, or a list of strings.</summary>
    public IReadOnlyList<string> Strings(string key, out bool isList)
    {
        isList = Take(key) is YamlSequenceNode;
        switch (Take(key))
        {
            case null:
                return [];
            case YamlScalarNode scalar:
                return [scalar.Value ?? ""];
            case YamlSequenceNode list when list.All(item => item is YamlScalarNode):
                return [.. list.Select(item => ((YamlScalarNode)item).Value ?? "")];
            case var other:
                Report(other, $"{_path}.{key} must be a string or a list of strings.");
                return [];
        }
    }

    public ScriptNode? Mapping(string key) => Take(key) is { } node ? new ScriptNode(node, $"{_path}.{key}", _problems) : null;

    public IReadOnlyList<ScriptNode> Mappings(string key)
    {
        switch (Take(key))
        {
            case null:
                return [];
            case YamlSequenceNode list:
                return [.. list.Select((item, i) => new ScriptNode(item, $"{_path}.{key}[{i}]", _problems))];
            case var other:
                Report(other, $"{_path}.{key} must be a list, but is {Describe(other)}.");
                return [];
        }
    }

    /// <summary>Whether the value is a plain word rather than a mapping.</summary>
    public bool IsScalar(string key) => _values.GetValueOrDefault(key) is YamlScalarNode;

    public JsonNode? Json(string key) => Take(key) is { } node ? ToJson(node) : null;

    /// <summary>Reports every key that nobody asked for.</summary>
    public void Finish(string allowed)
    {
        foreach ((string key, YamlNode value) in _values.Where(pair => !_read.Contains(pair.Key)))
        {
            Report(value, $"{_path} has the unknown key '{key}'; allowed are {allowed}.");
        }
    }

    private static JsonNode? ToJson(YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(map.Children.Select(pair => KeyValuePair.Create(((YamlScalarNode)pair.Key).Value ?? "", ToJson(pair.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Select(ToJson)]),
        YamlScalarNode { Style: not ScalarStyle.Plain } quoted => JsonValue.Create(quoted.Value),
        YamlScalarNode { Value: null or "" or "null" or "~" } => null,
        YamlScalarNode { Value: "true" or "false" } flag => JsonValue.Create(flag.Value == "true"),
        YamlScalarNode scalar when long.TryParse(scalar.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole) => JsonValue.Create(whole),
        YamlScalarNode scalar when double.TryParse(scalar.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double real) => JsonValue.Create(real),
        YamlScalarNode scalar => JsonValue.Create(scalar.Value),
        _ => null,
    };

    private static string Describe(YamlNode node) => node switch
    {
        YamlMappingNode => "a mapping",
        YamlSequenceNode => "a list",
        YamlScalarNode scalar => $"'{scalar.Value}'",
        _ => "something else",
    };

    private YamlNode? Take(string key)
    {
        _read.Add(key);
        return _values.GetValueOrDefault(key);
    }

    private YamlScalarNode? Scalar(string key)
    {
        YamlNode? node = Take(key);
        if (node is not null and not YamlScalarNode)
        {
            Report(node, $"{_path}.{key} must be a single value, but is {Describe(node)}.");
        }

        return node as YamlScalarNode;
    }

    private void Report(YamlNode node, string message) => _problems.Add($"line {node.Start.Line}: {message}");
}
