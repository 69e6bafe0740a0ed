using System.Text.Json.Nodes;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Runs;

namespace Sympozium.Silo.Forwarding;

/// <summary>The runs that have not ended, with their phases, as the watch told last.</summary>
internal sealed class LiveRuns
{
    private readonly Lock _lock = new();

    /// <summary>Guarded by <see cref="_lock"/>.</summary>
    private readonly Dictionary<ResourceKey, string> _phases = [];

    /// <summary>A run was seen.</summary>
    public void See(ResourceKey key, JsonObject run)
    {
        string phase = (string?)run["status"]?["phase"] ?? RunPhase.Pending;
        lock (_lock)
        {
            if (RunPhase.IsTerminal(phase))
            {
                _phases.Remove(key);
            }
            else
            {
                _phases[key] = phase;
            }
        }
    }

    /// <summary>A run is gone.</summary>
    public void Forget(ResourceKey key)
    {
        lock (_lock)
        {
            _phases.Remove(key);
        }
    }

    /// <summary>Whether a run is known and has not ended.</summary>
    public bool Contains(ResourceKey key)
    {
        lock (_lock)
        {
            return _phases.ContainsKey(key);
        }
    }

    /// <summary>The keys of all.</summary>
    public ResourceKey[] All()
    {
        lock (_lock)
        {
            return [.. _phases.Keys];
        }
    }

    /// <summary>How many are in each phase.</summary>
    public IReadOnlyList<KeyValuePair<string, int>> CountByPhase()
    {
        lock (_lock)
        {
            return [.. _phases.Values.CountBy(phase => phase)];
        }
    }
}
