using System.Text.Json.Nodes;
using Sympozium.Abstractions.Policies;
using Sympozium.Abstractions.Resources;

namespace Sympozium.Abstractions.Admission;

/// <summary>
/// Pure: what admission fills into an AgentRun. Static defaults stand in the CRDs; these depend on the instance and the policies, and
/// are persisted at creation so that a later change of either does not change a run that exists.
/// </summary>
public static class ResourceDefaults
{
    /// <summary>A run's time when nobody says more.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromMinutes(10);

    /// <summary>The fields that a new run gets.</summary>
    /// <param name="run">The run as it was written.</param>
    /// <param name="instance">Its instance; null when there is none (yet): then only what is known is filled in.</param>
    /// <param name="policy">The policies that hold.</param>
    public static IReadOnlyList<FieldDefault> OfRun(JsonObject run, JsonObject? instance, EffectivePolicy policy)
    {
        if (run["spec"] is not JsonObject written || ResourceReader.AgentRun(run, []) is not { } spec)
        {
            return [];
        }

        var fields = new List<FieldDefault>();
        if (written["instanceRef"] is null && !string.IsNullOrEmpty(spec.InstanceRef))
        {
            fields.Add(new(["spec", "instanceRef"], spec.InstanceRef));
        }

        if (spec.Timeout is null && instance is not null)
        {
            string? usual = ResourceReader.Instance(instance, [])?.Agents?.Default?.RunTimeout;
            TimeSpan timeout = Capped(usual, policy);
            fields.Add(new(["spec", "timeout"], GoDuration.Write(timeout)));
        }

        bool declines = written["agentSandbox"] is JsonObject agent && agent["enabled"]?.GetValueKind() == System.Text.Json.JsonValueKind.True;
        if (policy.SandboxRequired is not null && !declines && PolicySubjectReader.OfRun(run, instance, [], 0).Sandbox is null)
        {
            fields.Add(new(["spec", "sandbox", "enabled"], true));
        }

        return fields;
    }

    /// <summary>What an update must not lose: fields that admission filled in and that the writer, who never wrote them, leaves out.</summary>
    public static IReadOnlyList<FieldDefault> OfUpdatedRun(JsonObject run, JsonObject old)
    {
        if (run["spec"] is not JsonObject now || old["spec"] is not JsonObject before)
        {
            return [];
        }

        var fields = new List<FieldDefault>();
        foreach (string name in (string[])["instanceRef", "timeout"])
        {
            if (now[name] is null && before[name] is JsonNode value)
            {
                fields.Add(new(["spec", name], value.DeepClone()));
            }
        }

        if (now["sandbox"] is null && before["sandbox"] is JsonObject { Count: 1 } sandbox && sandbox["enabled"] is JsonNode enabled)
        {
            fields.Add(new(["spec", "sandbox", "enabled"], enabled.DeepClone()));
        }

        return fields;
    }

    /// <summary>An instance's timeout, or the usual one, within the policy's limit.</summary>
    public static TimeSpan Capped(string? timeout, EffectivePolicy policy)
    {
        TimeSpan usual = GoDuration.TryParse(timeout, out TimeSpan said) ? said : Timeout;
        return policy.MaxDuration is { } longest && longest.Value < usual ? longest.Value : usual;
    }
}
