using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Silo.Forwarding;

/// <summary>A kind whose changes concern grains.</summary>
/// <param name="Type">The kind.</param>
/// <param name="LabelSelector">Which of its objects; null means all.</param>
/// <param name="Forward">Adds the grains that a change of one object concerns.</param>
internal sealed record WatchedKind(ResourceType Type, string? LabelSelector, Action<JsonObject> Forward);
