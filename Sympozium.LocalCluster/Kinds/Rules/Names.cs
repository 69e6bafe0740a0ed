using System.Text.RegularExpressions;

namespace Sympozium.LocalCluster.Kinds.Rules;

/// <summary>How the names of a kind are spelled.</summary>
internal enum NameForm
{
    /// <summary>RFC 1123 subdomain: labels with dots.</summary>
    Subdomain,

    /// <summary>RFC 1123 label.</summary>
    Label,

    /// <summary>Anything that can stand in a path (RBAC).</summary>
    PathSegment,
}

/// <summary>Spelling rules of names, keys and values; each check returns what is wrong, in the API server's words.</summary>
internal static partial class Names
{
    private const int MaxSubdomain = 253;
    private const int MaxLabel = 63;
    private const int MaxPortName = 15;

    private const string LabelText = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an "
        + "alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

    private const string SubdomainText = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end "
        + "with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

    private const string Rfc1035Text = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end "
        + "with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

    private const string QualifiedText = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character "
        + "(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

    private const string ValueText = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
        + "alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

    private const string ConfigKeyText = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or "
        + "'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

    public static IEnumerable<string> Check(NameForm form, string name) => form switch
    {
        NameForm.Label => Label(name),
        NameForm.PathSegment => PathSegment(name),
        _ => Subdomain(name),
    };

    public static IEnumerable<string> Subdomain(string text)
    {
        if (text.Length > MaxSubdomain)
        {
            yield return "must be no more than 253 characters";
        }

        if (!SubdomainPattern().IsMatch(text))
        {
            yield return SubdomainText;
        }
    }

    public static IEnumerable<string> Label(string text)
    {
        if (text.Length > MaxLabel)
        {
            yield return "must be no more than 63 characters";
        }

        if (!LabelPattern().IsMatch(text))
        {
            yield return SubdomainPattern().IsMatch(text) ? "must not contain dots" : LabelText;
        }
    }

    public static IEnumerable<string> Rfc1035Label(string text)
    {
        if (text.Length > MaxLabel)
        {
            yield return "must be no more than 63 characters";
        }

        if (!Rfc1035Pattern().IsMatch(text))
        {
            yield return Rfc1035Text;
        }
    }

    /// <summary>A key of a label or annotation: an optional domain, a slash, a name.</summary>
    public static IEnumerable<string> QualifiedName(string text, string what = "a valid label key")
    {
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash != text.LastIndexOf('/'))
        {
            yield return $"{what} {QualifiedText} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";
            yield break;
        }

        if (slash == 0)
        {
            yield return "prefix part must be non-empty";
        }
        else if (slash > 0)
        {
            foreach (string problem in Subdomain(text[..slash]))
            {
                yield return $"prefix part {problem}";
            }
        }

        string name = text[(slash + 1)..];
        if (name.Length == 0)
        {
            yield return "name part must be non-empty";
        }
        else if (name.Length > MaxLabel)
        {
            yield return "name part must be no more than 63 bytes";
        }

        if (!QualifiedPattern().IsMatch(name))
        {
            yield return $"name part {QualifiedText}";
        }
    }

    public static IEnumerable<string> LabelValue(string text)
    {
        if (text.Length > MaxLabel)
        {
            yield return "must be no more than 63 bytes";
        }

        if (text.Length > 0 && !QualifiedPattern().IsMatch(text))
        {
            yield return ValueText;
        }
    }

    public static IEnumerable<string> ConfigKey(string text)
    {
        if (text.Length > MaxSubdomain)
        {
            yield return "must be no more than 253 bytes";
        }

        if (!ConfigKeyPattern().IsMatch(text))
        {
            yield return ConfigKeyText;
        }

        if (text == ".")
        {
            yield return "must not be '.'";
        }
        else if (text == "..")
        {
            yield return "must not be '..'";
        }
        else if (text.StartsWith("..", StringComparison.Ordinal))
        {
            yield return "must not start with '..'";
        }
    }

    public static IEnumerable<string> EnvironmentName(string text)
    {
        if (text.Length == 0 || text.Any(c => c is < ' ' or > '~' or '='))
        {
            yield return "a valid environment variable name must consist only of printable ASCII characters other than '='";
        }
    }

    /// <summary>The name of an HTTP header.</summary>
    public static IEnumerable<string> HeaderName(string text)
    {
        if (text.Length == 0 || text.Any(c => !char.IsAsciiLetterOrDigit(c) && c != '-'))
        {
            yield return "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')";
        }
    }

    /// <summary>A port by name (IANA_SVC_NAME).</summary>
    public static IEnumerable<string> PortName(string text)
    {
        if (text.Length > MaxPortName)
        {
            yield return "must be no more than 15 characters";
        }

        if (text.Length == 0 || text.Any(c => !char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c != '-'))
        {
            yield return "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)";
        }

        if (!text.Any(char.IsAsciiLetterLower))
        {
            yield return "must contain at least one letter (a-z)";
        }

        if (text.Contains("--", StringComparison.Ordinal))
        {
            yield return "must not contain consecutive hyphens";
        }

        if (text.StartsWith('-') || text.EndsWith('-'))
        {
            yield return "must not begin or end with a hyphen";
        }
    }

    private static IEnumerable<string> PathSegment(string text)
    {
        if (text is "." or "..")
        {
            yield return $"may not be '{text}'";
        }

        foreach (char c in "/%")
        {
            if (text.Contains(c, StringComparison.Ordinal))
            {
                yield return $"may not contain '{c}'";
            }
        }
    }

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\z", RegexOptions.CultureInvariant)]
    private static partial Regex SubdomainPattern();

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex LabelPattern();

    [GeneratedRegex(@"^[a-z]([-a-z0-9]*[a-z0-9])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Rfc1035Pattern();

    [GeneratedRegex(@"^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]\z", RegexOptions.CultureInvariant)]
    private static partial Regex QualifiedPattern();

    [GeneratedRegex(@"^[-._a-zA-Z0-9]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex ConfigKeyPattern();
}
