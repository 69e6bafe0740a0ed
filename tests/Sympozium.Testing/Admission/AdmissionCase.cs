using System.Text.Json.Nodes;

namespace Sympozium.Testing.Admission;

/// <summary>One creation of a resource and what admission says of it, however it is reached.</summary>
/// <param name="Name">What the case shows.</param>
/// <param name="Present">The objects that exist.</param>
/// <param name="Created">The object that is created.</param>
/// <param name="Refusal">Every reason, one a line, as <c>field: message</c>; empty when it is allowed.</param>
/// <param name="Warning">A part of the warnings that are given; empty when they do not matter.</param>
public sealed record AdmissionCase(string Name, IReadOnlyList<JsonObject> Present, JsonObject Created, string Refusal, string Warning)
{
    /// <inheritdoc/>
    public override string ToString() => Name;
}
