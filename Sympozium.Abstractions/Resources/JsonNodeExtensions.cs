using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sympozium.Abstractions.Resources;

/// <summary>Reads of free-form JSON that somebody else wrote: a value of another type is no reason to throw.</summary>
public static class JsonNodeExtensions
{
    /// <summary>The text of a string; null for everything else.</summary>
    public static string? AsText(this JsonNode? node) =>
        node is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;
}
