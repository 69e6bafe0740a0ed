using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Kubernetes.Watching;

/// <summary>A change of a <see cref="ResourceCache"/>.</summary>
/// <param name="Type">Added, Modified or Deleted.</param>
/// <param name="Namespace">Namespace; empty for a cluster-wide kind.</param>
/// <param name="Name">Name.</param>
/// <param name="Old">The object before; null when it was added.</param>
/// <param name="Resource">The object now; for a deletion its last state, or null when the deletion was only seen from its absence in a list.</param>
public sealed record ResourceChange(WatchEventType Type, string Namespace, string Name, JsonObject? Old, JsonObject? Resource);
