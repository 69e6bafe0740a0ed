using System.Text.Json.Nodes;

namespace Sympozium.Kubernetes.Api;

/// <summary>One of the things that are wrong with a request (<c>details.causes</c> of a Status).</summary>
/// <param name="Reason">Machine-readable, for example <c>FieldValueInvalid</c>.</param>
/// <param name="Message">For a person.</param>
/// <param name="Field">Path of the field, for example <c>spec.containers[0].image</c>; empty when it is about none.</param>
public sealed record StatusCause(string Reason, string Message, string Field)
{
    internal static IReadOnlyList<StatusCause> Read(JsonObject? details) => details?["causes"] is not JsonArray causes
        ? []
        : [.. causes.OfType<JsonObject>().Select(cause => new StatusCause(Text(cause["reason"]), Text(cause["message"]), Text(cause["field"])))];

    private static string Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : "";
}
