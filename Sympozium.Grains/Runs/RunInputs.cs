using System.Text.Json.Nodes;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Policies;

namespace Sympozium.Grains.Runs;

/// <summary>Everything that a run's plan depends on, as read from the API; an object that does not exist is null.</summary>
public sealed record RunInputs
{
    /// <summary>The AgentRun.</summary>
    public required JsonObject Run { get; init; }

    /// <summary>The SympoziumInstance or Agent that it names.</summary>
    public JsonObject? Instance { get; init; }

    /// <summary>The policies that instance, namespace and cluster name.</summary>
    public IReadOnlyList<PolicyReference> Policies { get; init; } = [];

    /// <summary>Other children of the run's parent that are alive.</summary>
    public int LiveSiblings { get; init; }

    /// <summary>Skill packs by the name that was asked for, each from the run's namespace or else from the system namespace.</summary>
    public IReadOnlyDictionary<string, JsonObject> SkillPacks { get; init; } = new Dictionary<string, JsonObject>();

    /// <summary>Secrets by name that exist in the run's namespace; the planner looks only at which keys they have.</summary>
    public IReadOnlyDictionary<string, IReadOnlySet<string>> SecretKeys { get; init; } = new Dictionary<string, IReadOnlySet<string>>();

    /// <summary><c>metadata.uid</c> of the run.</summary>
    public string Uid => (string?)Run["metadata"]!["uid"] ?? "";

    /// <summary>Key of the run.</summary>
    public ResourceKey Key => new((string)Run["metadata"]!["namespace"]!, (string)Run["metadata"]!["name"]!);
}
