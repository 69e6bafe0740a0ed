using System.Numerics;
using System.Text.Json.Nodes;
using Sympozium.Abstractions.Resources;

namespace Sympozium.LocalCluster.Kinds;

/// <summary>Amounts of named resources, such as <c>cpu</c> and <c>memory</c>.</summary>
internal static class Amounts
{
    private static readonly BigInteger Unit = 1_000_000_000;

    public static Quantity Of(long count) => new(count * Unit, QuantityForm.DecimalUnit);

    public static Quantity? Parse(JsonNode? node) => GoJson.Text(node) is { } text && Quantity.TryParse(text, out Quantity amount) ? amount : null;

    /// <summary>Every amount of a map that can be read.</summary>
    public static Dictionary<string, Quantity> Read(JsonObject? map)
    {
        Dictionary<string, Quantity> amounts = new(StringComparer.Ordinal);
        foreach ((string name, JsonNode? value) in map ?? [])
        {
            if (Parse(value) is { } amount)
            {
                amounts[name] = amount;
            }
        }

        return amounts;
    }

    /// <summary>The sum keeps the form of what was there first.</summary>
    public static void Increase(this Dictionary<string, Quantity> amounts, string name, Quantity more) =>
        amounts[name] = amounts.TryGetValue(name, out Quantity sum) && !sum.Nanos.IsZero ? new Quantity(sum.Nanos + more.Nanos, sum.Form) : more;

    public static JsonObject Render(IEnumerable<KeyValuePair<string, Quantity>> amounts)
    {
        JsonObject rendered = [];
        foreach ((string name, Quantity amount) in amounts.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            rendered[name] = amount.ToString();
        }

        return rendered;
    }

    /// <summary>As messages list them: <c>cpu=1,pods=2</c>.</summary>
    public static string Show(IEnumerable<KeyValuePair<string, Quantity>> amounts) =>
        string.Join(",", amounts.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}"));
}
