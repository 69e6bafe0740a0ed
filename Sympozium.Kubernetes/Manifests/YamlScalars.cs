using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Sympozium.Kubernetes.Manifests;

/// <summary>
/// What a scalar means: the YAML 1.1 rules of the parser in kubectl (<c>sigs.k8s.io/yaml</c>), so <c>yes</c> is a boolean, <c>0644</c>
/// is octal and a date stays text.
/// </summary>
internal static class YamlScalars
{
    /// <exception cref="FormatException">The explicit tag does not fit the value.</exception>
    public static JsonValue? Resolve(Scalar scalar)
    {
        string tag = scalar.Tag.IsEmpty ? "" : scalar.Tag.Value;
        return tag switch
        {
            "tag:yaml.org,2002:str" or "!" => JsonValue.Create(scalar.Value),
            "tag:yaml.org,2002:binary" => JsonValue.Create(scalar.Value.ReplaceLineEndings("")),
            "" => scalar.Style == ScalarStyle.Plain ? Plain(scalar.Value) : JsonValue.Create(scalar.Value),
            "tag:yaml.org,2002:int" or "tag:yaml.org,2002:float" or "tag:yaml.org,2002:bool" or "tag:yaml.org,2002:null" => Plain(scalar.Value),
            _ => throw new FormatException($"the tag '{tag}' is not known"),
        };
    }

    /// <summary>Whether an unquoted text would be read as something other than itself.</summary>
    public static bool IsAmbiguous(string text) => Plain(text) is not { } value || !value.TryGetValue(out string? _);

    private static JsonValue? Plain(string text)
    {
        switch (text)
        {
            case "" or "~" or "null" or "Null" or "NULL":
                return null;
            case "true" or "True" or "TRUE" or "yes" or "Yes" or "YES" or "y" or "Y" or "on" or "On" or "ON":
                return JsonValue.Create(true);
            case "false" or "False" or "FALSE" or "no" or "No" or "NO" or "n" or "N" or "off" or "Off" or "OFF":
                return JsonValue.Create(false);
        }
        return CanBeNumber(text) ? Number(text) ?? JsonValue.Create(text) : JsonValue.Create(text);
    }

    private static bool CanBeNumber(string text) => char.IsAsciiDigit(text[0]) || (text[0] is '+' or '-' or '.' && text.Length > 1);

    private static JsonValue? Number(string text)
    {
        string plain = text.Replace("_", "", StringComparison.Ordinal);
        string digits = plain.TrimStart('+', '-');
        bool negative = plain.StartsWith('-');
        if (digits.Length != plain.Length - (plain[0] is '+' or '-' ? 1 : 0) || digits.Length == 0)
        {
            return null;
        }
        if (Integer(digits) is { } magnitude)
        {
            return !negative ? JsonValue.Create(magnitude) : magnitude <= long.MaxValue ? JsonValue.Create(-(long)magnitude) : null;
        }
        bool isFloat = digits.All(c => char.IsAsciiDigit(c) || c is '.' or 'e' or 'E' or '+' or '-')
            && double.TryParse(plain, NumberStyles.Float, CultureInfo.InvariantCulture, out double _);
        return isFloat ? JsonValue.Create(double.Parse(plain, CultureInfo.InvariantCulture)) : null;
    }

    private static ulong? Integer(string digits)
    {
        (string body, int radix) = digits switch
        {
            ['0', 'x', ..] => (digits[2..], 16),
            ['0', 'b', ..] => (digits[2..], 2),
            ['0', 'o', ..] => (digits[2..], 8),
            ['0', _, ..] => (digits[1..], 8),
            _ => (digits, 10),
        };
        ulong value = 0;
        foreach (char c in body)
        {
            int digit = char.IsAsciiHexDigit(c) ? Convert.ToInt32(c.ToString(), 16) : int.MaxValue;
            if (digit >= radix || value > (ulong.MaxValue - (ulong)digit) / (ulong)radix)
            {
                return null;
            }
            value = (value * (ulong)radix) + (ulong)digit;
        }
        return body.Length == 0 ? null : value;
    }
}
