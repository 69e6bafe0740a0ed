using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Cel;

namespace Sympozium.LocalCluster.Kinds.Rules.Validations;

/// <summary>The rules of a schema, and of those parts of it below which there are more.</summary>
internal sealed class ValidationTree
{
    /// <summary>Compiled once for each version of a kind, and forgotten together with it.</summary>
    private static readonly ConditionalWeakTable<KindDefinition, Known> Compiled = [];

    public required Schema Schema { get; init; }

    public required CelType? Type { get; init; }

    public required IReadOnlyList<ValidationRule> Rules { get; init; }

    public required IReadOnlyDictionary<string, ValidationTree> Properties { get; init; }

    public ValidationTree? Items { get; init; }

    public ValidationTree? Additional { get; init; }

    /// <summary>The rules of a kind; null when it has none.</summary>
    public static ValidationTree? Of(KindDefinition kind) => Compiled.GetValue(kind, found => new Known(Make(found.Schema, "self", isResource: true))).Tree;

    private static ValidationTree? Make(Schema schema, string name, bool isResource)
    {
        Dictionary<string, ValidationTree> properties = new(StringComparer.Ordinal);
        foreach ((string property, Schema child) in schema.Properties)
        {
            if (Make(child, $"{name}.{property}", child.EmbeddedResource) is { } below)
            {
                properties[property] = below;
            }
        }

        ValidationTree? items = schema.Items is null ? null : Make(schema.Items, $"{name}.@idx", schema.Items.EmbeddedResource);
        ValidationTree? additional = schema.AdditionalProperties is null
            ? null
            : Make(schema.AdditionalProperties, $"{name}.@elem", schema.AdditionalProperties.EmbeddedResource);
        CelType? type = schema.Validations is { Count: > 0 } ? CelSchemas.TypeOf(schema, name, isResource) : null;
        List<ValidationRule> rules = type is null
            ? []
            : [.. schema.Validations!.OfType<JsonObject>().Select(rule => ValidationRule.Read(rule, type)).OfType<ValidationRule>()];
        if (rules.Count == 0 && properties.Count == 0 && items is null && additional is null)
        {
            return null;
        }

        return new ValidationTree { Schema = schema, Type = type, Rules = rules, Properties = properties, Items = items, Additional = additional };
    }

    private sealed record Known(ValidationTree? Tree);
}
