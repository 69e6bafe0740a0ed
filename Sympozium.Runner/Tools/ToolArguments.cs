using System.Text.Json;

namespace Sympozium.Runner.Tools;

/// <summary>Reads arguments leniently where models are sloppy (numbers as text) and says exactly what is wrong elsewhere.</summary>
internal static class ToolArguments
{
    /// <summary>A string that must be there.</summary>
    public static string RequiredString(this JsonElement arguments, string name) =>
        arguments.OptionalString(name) ?? throw new ToolException($"the argument '{name}' is missing. Call the tool again with it.");

    /// <summary>A string, or null.</summary>
    public static string? OptionalString(this JsonElement arguments, string name)
    {
        if (!arguments.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : throw new ToolException($"the argument '{name}' must be a string, not {value.ValueKind}.");
    }

    /// <summary>A whole number within bounds; outside them the nearest bound.</summary>
    public static int Integer(this JsonElement arguments, string name, int fallback, int least, int most)
    {
        if (!arguments.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
        {
            return fallback;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number))
        {
            return (int)Math.Clamp(number, least, most);
        }

        return value.ValueKind == JsonValueKind.String
            && int.TryParse(value.GetString(), System.Globalization.CultureInfo.InvariantCulture, out int parsed)
            ? Math.Clamp(parsed, least, most)
            : throw new ToolException($"the argument '{name}' must be a whole number.");
    }

    /// <summary>A truth value; false when absent.</summary>
    public static bool Boolean(this JsonElement arguments, string name) =>
        arguments.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.True;
}
