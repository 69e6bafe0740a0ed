using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Kinds.Rules;

namespace Sympozium.LocalCluster.Admission.Quotas;

/// <summary>What a pod asks for: its containers together, or an init container that asks for more while it runs alone.</summary>
internal static class PodAmounts
{
    /// <param name="spec">The pod's spec.</param>
    /// <param name="part"><c>requests</c> or <c>limits</c>.</param>
    public static Dictionary<string, Quantity> Of(JsonObject? spec, string part)
    {
        Dictionary<string, Quantity> together = new(StringComparer.Ordinal);
        foreach ((_, JsonObject container) in spec.Items("containers"))
        {
            Sum(together, container, part);
        }

        Dictionary<string, Quantity> sidecars = new(StringComparer.Ordinal);
        Dictionary<string, Quantity> alone = new(StringComparer.Ordinal);
        foreach ((_, JsonObject container) in spec.Items("initContainers"))
        {
            if (container.Text("restartPolicy") == "Always")
            {
                Sum(together, container, part);
                Sum(sidecars, container, part);
                Raise(alone, sidecars);
            }
            else
            {
                Dictionary<string, Quantity> now = new(sidecars, StringComparer.Ordinal);
                Sum(now, container, part);
                Raise(alone, now);
            }
        }

        Raise(together, alone);
        foreach ((string name, Quantity amount) in Amounts.Read(spec.Map("overhead")))
        {
            if (part == "requests" || together.ContainsKey(name))
            {
                together.Increase(name, amount);
            }
        }

        return together;
    }

    private static void Sum(Dictionary<string, Quantity> sum, JsonObject container, string part)
    {
        foreach ((string name, Quantity amount) in Amounts.Read(container.Map("resources").Map(part)))
        {
            sum.Increase(name, amount);
        }
    }

    private static void Raise(Dictionary<string, Quantity> amounts, Dictionary<string, Quantity> least)
    {
        foreach ((string name, Quantity amount) in least)
        {
            if (!amounts.TryGetValue(name, out Quantity known) || known < amount)
            {
                amounts[name] = amount;
            }
        }
    }
}
