using System.Globalization;

namespace Sympozium.LocalCluster.Pods.Variables;

/// <summary>Kubernetes quantities such as <c>250m</c>, <c>64Mi</c> or <c>1e3</c>.</summary>
internal static class ResourceQuantity
{
    private static readonly Dictionary<string, decimal> Suffixes = new(StringComparer.Ordinal)
    {
        ["n"] = 0.000000001m,
        ["u"] = 0.000001m,
        ["m"] = 0.001m,
        [""] = 1m,
        ["k"] = 1e3m,
        ["M"] = 1e6m,
        ["G"] = 1e9m,
        ["T"] = 1e12m,
        ["P"] = 1e15m,
        ["E"] = 1e18m,
        ["Ki"] = 1024m,
        ["Mi"] = 1048576m,
        ["Gi"] = 1073741824m,
        ["Ti"] = 1099511627776m,
        ["Pi"] = 1125899906842624m,
        ["Ei"] = 1152921504606846976m,
    };

    /// <summary>The number a quantity stands for; 0 for what is none, because the API has refused such objects.</summary>
    public static decimal Parse(string text)
    {
        int end = text.Length;
        while (end > 0 && char.IsAsciiLetter(text[end - 1]))
        {
            end--;
        }

        return Suffixes.TryGetValue(text[end..], out decimal factor)
            && decimal.TryParse(text.AsSpan(0, end), NumberStyles.Float, CultureInfo.InvariantCulture, out decimal number)
            ? number * factor
            : 0;
    }
}
