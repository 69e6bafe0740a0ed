using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sympozium.Abstractions.Resources;
using Sympozium.Kubernetes.Manifests;

namespace Sympozium.Abstractions.Tests.Resources;

/// <summary>Reads manifests of every kind the way the product does.</summary>
internal static class Manifest
{
    private static readonly JsonSerializerOptions Readable = new(ResourcesJson.Default.Options) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static JsonObject Parse(string yaml) => (JsonObject)YamlReader.ReadAll(yaml, "test")[0].Root!;

    /// <summary>The canonical record of a resource; null when it cannot be read.</summary>
    public static object? Read(JsonObject resource, ICollection<ResourceProblem> problems) =>
        ResourceReader.Any((string)resource["kind"]!, resource, problems);

    /// <summary>The record as JSON, as golden files hold it.</summary>
    public static string Show(object record) => JsonSerializer.Serialize(record, Readable.GetTypeInfo(record.GetType())) + "\n";
}
