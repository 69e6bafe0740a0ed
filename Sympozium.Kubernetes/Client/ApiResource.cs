using Sympozium.Kubernetes.Api;

namespace Sympozium.Kubernetes.Client;

/// <summary>One resource that a server has, with the names by which people call it.</summary>
/// <param name="Type">Where it lives.</param>
/// <param name="Singular">Lower-case singular; may be empty.</param>
/// <param name="ShortNames">For example <c>po</c>.</param>
/// <param name="Categories">Groups of resources such as <c>all</c>.</param>
/// <param name="Verbs">What the server allows, for example <c>get</c>, <c>list</c>, <c>watch</c>.</param>
public sealed record ApiResource(
    ResourceType Type, string Singular, IReadOnlyList<string> ShortNames, IReadOnlyList<string> Categories, IReadOnlyList<string> Verbs);
