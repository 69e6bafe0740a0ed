using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Rules;

/// <summary>Objects within objects (<c>x-kubernetes-embedded-resource</c>): have a type and metadata as any object has.</summary>
internal sealed class EmbeddedResources(List<FieldProblem> problems)
{
    private readonly FieldPath _path = new();

    public void Visit(Schema schema, JsonNode? node)
    {
        if (node is JsonObject map)
        {
            if (schema.EmbeddedResource)
            {
                Check(map);
            }

            foreach ((string name, JsonNode? value) in map)
            {
                if (value is JsonObject or JsonArray && FieldSchema.Of(schema, name) is { } field)
                {
                    _path.Push(name);
                    Visit(field, value);
                    _path.Pop();
                }
            }
        }
        else if (node is JsonArray list && schema.Items is not null)
        {
            for (int i = 0; i < list.Count; i++)
            {
                _path.Push(i);
                Visit(schema.Items, list[i]);
                _path.Pop();
            }
        }
    }

    private void Check(JsonObject resource)
    {
        foreach (string field in (string[])["apiVersion", "kind"])
        {
            if (resource.Text(field).Length == 0)
            {
                problems.Required(_path.With(field), "must not be empty");
            }
        }

        JsonObject? metadata = resource.Map("metadata");
        if (metadata.Text("name") is { Length: > 0 } name)
        {
            problems.Invalid($"{_path.With("metadata")}.name", name, Names.Check(NameForm.Subdomain, name));
        }

        MetadataRules.Labels(metadata.Map("labels"), $"{_path.With("metadata")}.labels", problems);
        MetadataRules.Annotations(metadata.Map("annotations"), $"{_path.With("metadata")}.annotations", problems);
    }
}
