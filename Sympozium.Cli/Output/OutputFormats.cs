using System.CommandLine;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Manifests;

namespace Sympozium.Cli.Output;

/// <summary>The <c>-o</c> option and the formats that are the same for every verb.</summary>
internal static class OutputFormats
{
    public const string Json = "json";
    public const string Yaml = "yaml";
    public const string Wide = "wide";
    public const string Name = "name";
    public const string Text = "text";
    public const string JsonPathPrefix = "jsonpath=";

    /// <summary>The option, limited to these formats; one that ends with <c>=</c> takes a text after it.</summary>
    public static Option<string> CreateOption(params string[] formats)
    {
        Option<string> option = new("--output", "-o") { Description = $"Format: {string.Join(", ", formats)}", HelpName = "FORMAT" };
        option.Validators.Add(result =>
        {
            string value = result.Tokens is [{ Value: var text }] ? text : "";
            if (value.Length > 0 && !formats.Any(f => f.EndsWith('=') ? value.StartsWith(f, StringComparison.Ordinal) : value == f))
            {
                result.AddError($"-o is '{value}'; expected {string.Join(", ", formats)}");
            }
        });
        return option;
    }

    /// <summary>Writes one object as JSON or YAML; false when the format is neither.</summary>
    public static bool WriteObject(TextWriter writer, JsonNode node, string? format)
    {
        switch (format)
        {
            case Json:
                writer.WriteLine(IndentedJson.Write(node));
                return true;
            case Yaml:
                writer.Write(YamlWriter.Write(node));
                return true;
            default:
                return false;
        }
    }
}
