using System.Text.Json.Nodes;
using Sympozium.Abstractions.Resources;

namespace Sympozium.Abstractions.Admission;

/// <summary>What is about to happen to an object.</summary>
public enum ReviewOperation
{
    /// <summary>It is created.</summary>
    Create,

    /// <summary>It is changed.</summary>
    Update,

    /// <summary>It is deleted.</summary>
    Delete,
}

/// <summary>Who writes an object, as the API server authenticated them.</summary>
/// <param name="Name">For example <c>system:serviceaccount:default:bot</c>.</param>
/// <param name="Groups">Their groups.</param>
public sealed record ReviewUser(string Name, IReadOnlyList<string> Groups)
{
    /// <summary>Somebody of whom nothing is known.</summary>
    public static readonly ReviewUser Nobody = new("", []);

    private const string Masters = "system:masters";

    /// <summary>Administrators, and the control plane of one machine.</summary>
    public bool IsMaster => Groups.Contains(Masters);
}

/// <summary>One write of a custom resource before it is stored.</summary>
/// <param name="Operation">What happens.</param>
/// <param name="Kind">Kind of the object.</param>
/// <param name="Resource">The object as it would be stored; for a deletion the object that goes. Never changed by a review.</param>
/// <param name="Old">The stored object of an update.</param>
public sealed record ReviewRequest(ReviewOperation Operation, string Kind, JsonObject Resource, JsonObject? Old)
{
    /// <summary>Who writes.</summary>
    public ReviewUser User { get; init; } = ReviewUser.Nobody;

    /// <summary>Namespace of the object.</summary>
    public string Namespace => Text("namespace");

    /// <summary>Name of the object; empty while the API has not made it from generateName.</summary>
    public string Name => Text("name");

    private string Text(string field) => (Resource["metadata"] as JsonObject)?[field].AsText() ?? "";
}
