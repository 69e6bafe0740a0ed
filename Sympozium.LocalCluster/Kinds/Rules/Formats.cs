using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace Sympozium.LocalCluster.Kinds.Rules;

/// <summary>The string formats that Kubernetes checks in custom resources; unknown ones hold nothing back.</summary>
internal static partial class Formats
{
    public static bool IsValid(string format, string text) => format switch
    {
        "date-time" or "datetime" => DateTimePattern().IsMatch(text) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
        "date" => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
        "byte" => Base64.IsValid(text.AsSpan()),
        "email" => EmailPattern().IsMatch(text),
        "hostname" => HostPattern().IsMatch(text) && text.Length <= 255,
        "ipv4" => IPAddress.TryParse(text, out IPAddress? four) && four.AddressFamily == AddressFamily.InterNetwork && text.Split('.').Length == 4,
        "ipv6" => IPAddress.TryParse(text, out IPAddress? six) && six.AddressFamily == AddressFamily.InterNetworkV6,
        "cidr" => IPNetwork.TryParse(text, out _),
        "mac" => MacPattern().IsMatch(text),
        "uri" => Uri.TryCreate(text, UriKind.Absolute, out _),
        "uuid" or "uuid3" or "uuid4" or "uuid5" => UuidPattern().IsMatch(text),
        "duration" => DurationPattern().IsMatch(text),
        _ => true,
    };

    [GeneratedRegex(@"^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})\z", RegexOptions.CultureInvariant)]
    private static partial Regex DateTimePattern();

    [GeneratedRegex(@"^[^@\s]+@[^@\s]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex EmailPattern();

    [GeneratedRegex(@"^[a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?(\.[a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?)*\z", RegexOptions.CultureInvariant)]
    private static partial Regex HostPattern();

    [GeneratedRegex(@"^([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}\z", RegexOptions.CultureInvariant)]
    private static partial Regex MacPattern();

    [GeneratedRegex(@"^[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}\z", RegexOptions.CultureInvariant)]
    private static partial Regex UuidPattern();

    [GeneratedRegex(@"^-?(\d+(\.\d*)?(ns|us|µs|ms|s|m|h|d|w))+\z", RegexOptions.CultureInvariant)]
    private static partial Regex DurationPattern();
}

/// <summary>Regular expressions of schemas, compiled once each.</summary>
internal static class Patterns
{
    /// <summary>Schemas come and go with their definitions; beyond this many patterns the cache starts over.</summary>
    private const int MaxCached = 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);
    private static readonly ConcurrentDictionary<string, Regex?> Compiled = new(StringComparer.Ordinal);

    /// <summary>A pattern that is no regular expression, or takes too long, matches everything: it must not block every write.</summary>
    public static bool IsMatch(string pattern, string text)
    {
        try
        {
            return Compile(pattern) is not { } regex || regex.IsMatch(text);
        }
        catch (RegexMatchTimeoutException)
        {
            return true;
        }
    }

    public static bool IsPattern(string pattern) => Compile(pattern) is not null;

    private static Regex? Compile(string pattern)
    {
        if (Compiled.TryGetValue(pattern, out Regex? known))
        {
            return known;
        }

        if (Compiled.Count >= MaxCached)
        {
            Compiled.Clear();
        }

        Regex? regex = Parse(pattern);
        Compiled[pattern] = regex;
        return regex;
    }

    private static Regex? Parse(string pattern)
    {
        // Go's $ is the very end; .NET's also stands before a last line break.
        bool anchored = pattern.EndsWith('$') && !pattern.EndsWith("\\$", StringComparison.Ordinal);
        try
        {
            return new Regex(anchored ? pattern[..^1] + "\\z" : pattern, RegexOptions.CultureInvariant, Patience);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
