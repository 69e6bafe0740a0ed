using System.Text.Json.Nodes;

namespace Sympozium.Abstractions.Policies;

/// <summary>The objects that decide which policy holds. An object that does not exist is null; an API that does not answer throws.</summary>
public interface IPolicyLookup
{
    /// <summary>The SympoziumInstance or Agent of this name; of two, the older.</summary>
    ValueTask<JsonObject?> InstanceAsync(ResourceKey instance, CancellationToken cancellationToken);

    /// <summary>A SympoziumPolicy.</summary>
    ValueTask<JsonObject?> PolicyAsync(ResourceKey policy, CancellationToken cancellationToken);

    /// <summary>A SkillPack.</summary>
    ValueTask<JsonObject?> SkillPackAsync(ResourceKey pack, CancellationToken cancellationToken);

    /// <summary>A Namespace.</summary>
    ValueTask<JsonObject?> NamespaceAsync(string name, CancellationToken cancellationToken);

    /// <summary>The SympoziumConfig that is used.</summary>
    ValueTask<JsonObject?> ConfigAsync(CancellationToken cancellationToken);

    /// <summary>How many children of a run have not ended.</summary>
    ValueTask<int> LiveChildrenAsync(ResourceKey parent, CancellationToken cancellationToken);

    /// <summary>Everything that names a policy, for example <c>Agent 'helper'</c>.</summary>
    ValueTask<IReadOnlyList<string>> UsersAsync(ResourceKey policy, CancellationToken cancellationToken);
}
