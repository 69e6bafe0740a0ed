using Sympozium.LocalCluster.Kinds.Rules;

namespace Sympozium.LocalCluster.Cel.Library;

/// <summary>A format by name, and what is wrong with a text that should have it.</summary>
internal sealed record NamedFormat(string Name, Func<string, IEnumerable<string>> Check);

/// <summary>Kubernetes' format library: <c>!format.dns1123Label().validate(self.name).hasValue()</c>.</summary>
internal static class FormatFunctions
{
    public static readonly CelType Type = CelType.Opaque("kubernetes.NamedFormat");

    private static readonly NamedFormat[] All =
    [
        new("dns1123Label", Names.Label),
        new("dns1123Subdomain", Names.Subdomain),
        new("dns1035Label", Names.Rfc1035Label),
        new("dns1123LabelPrefix", text => Names.Label(Stem(text))),
        new("dns1123SubdomainPrefix", text => Names.Subdomain(Stem(text))),
        new("dns1035LabelPrefix", text => Names.Rfc1035Label(Stem(text))),
        new("qualifiedName", text => Names.QualifiedName(text, "a valid name")),
        new("labelValue", Names.LabelValue),
        Schema("uri", "must be a valid URI"),
        Schema("uuid", "does not match the UUID format"),
        Schema("byte", "invalid base64"),
        Schema("date", "invalid date"),
        Schema("datetime", "invalid datetime"),
    ];

    public static void Add(CelFunctions functions)
    {
        foreach (NamedFormat format in All)
        {
            functions.Add($"format.{format.Name}(): namedformat", _ => format);
        }

        functions.Add("format.named(string): optional_type(namedformat)", a => new CelOptional(All.FirstOrDefault(format => format.Name == (string)a[0])));
        functions.Add("namedformat.validate(string): optional_type(list(string))", a => Validate((NamedFormat)a[0], (string)a[1]));
    }

    private static CelOptional Validate(NamedFormat format, string text)
    {
        List<string> wrong = [.. format.Check(text)];
        return wrong.Count == 0 ? CelOptional.None : new CelOptional(new CelList(wrong));
    }

    private static string Stem(string text) => text.EndsWith('-') ? text[..^1] + 'a' : text;

    private static NamedFormat Schema(string name, string problem)
    {
        string format = name == "datetime" ? "date-time" : name;
        return new NamedFormat(name, text => Formats.IsValid(format, text) ? [] : [problem]);
    }
}
