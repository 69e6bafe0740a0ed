using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Sympozium.Repository.Tests.Crds;

/// <summary>The summaries of an assembly's documentation file: a CRD's descriptions are the records' own.</summary>
internal sealed partial class XmlSummaries
{
    private readonly Dictionary<string, string> _summaries;

    public XmlSummaries(Type anyOfAssembly)
    {
        string file = Path.ChangeExtension(anyOfAssembly.Assembly.Location, ".xml");
        _summaries = XDocument.Load(file).Descendants("member")
            .Where(member => member.Element("summary") is not null)
            .ToDictionary(member => (string)member.Attribute("name")!, member => Spaces().Replace(member.Element("summary")!.Value.Trim(), " "));
    }

    public string Of(Type type) => _summaries[$"T:{type.FullName}"];

    public string Of(Type type, string property) => _summaries[$"P:{type.FullName}.{property}"];

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
