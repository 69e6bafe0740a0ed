using System.Security.Cryptography;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Sympozium.Testing.Live;

namespace Sympozium.Conformance.Tests.Running;

/// <summary>The variables of one case: its namespace, its random word, and what its steps saved.</summary>
internal sealed partial class CaseVariables
{
    private const string NamespaceAlphabet = "bcdfghjklmnpqrstvwxz";
    private const string NamespacePrefix = "kit-";
    private const int NamespaceLength = 8;
    private const int SuffixLength = 7;

    private readonly Dictionary<string, string> _values = [];

    public CaseVariables(Uri server, WebhookReceiver webhooks)
    {
        _values["NS"] = Namespace = NamespacePrefix + RandomNumberGenerator.GetString(NamespaceAlphabet, NamespaceLength);
        _values["SFX"] = Suffix = SuffixOf(Namespace)!;
        _values["SERVER"] = server.OriginalString;
        _values["WEBHOOK"] = $"https://{webhooks.Address}/{Suffix}";
        _values["CABUNDLE"] = webhooks.Authority;
    }

    public string Namespace { get; }

    /// <summary>Makes cluster-wide names unique.</summary>
    public string Suffix { get; }

    /// <summary>
    /// The word of the case that had a namespace: each letter the next one of the alphabet, so that whoever finds the namespace finds the rest. Null when no case
    /// had one of that name.
    /// </summary>
    public static string? SuffixOf(string ns) => ns.Length == NamespacePrefix.Length + NamespaceLength && ns.StartsWith(NamespacePrefix, StringComparison.Ordinal)
        ? string.Concat(ns.Substring(NamespacePrefix.Length, SuffixLength).Select(letter => letter == 'z' ? 'a' : (char)(letter + 1)))
        : null;

    public void Save(string name, string value) => _values[name] = value;

    /// <summary>A copy with every variable replaced, also in keys.</summary>
    public JsonNode? Substitute(JsonNode? node) => node switch
    {
        JsonObject map => new JsonObject(map.Select(p => KeyValuePair.Create(Substitute(p.Key), Substitute(p.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Substitute)]),
        JsonValue value when value.TryGetValue(out string? text) => JsonValue.Create(Substitute(text)),
        _ => node?.DeepClone(),
    };

    private string Substitute(string text) => Variable().Replace(text, m => _values.GetValueOrDefault(m.Groups[1].Value, m.Value))
        .Replace(LiveEnvironment.DefaultBusyboxImage, LiveEnvironment.BusyboxImage, StringComparison.Ordinal);

    [GeneratedRegex(@"\$(NS|SFX|SERVER|WEBHOOK|CABUNDLE|V_[A-Z0-9_]+)(?![A-Z0-9_])")]
    private static partial Regex Variable();
}
