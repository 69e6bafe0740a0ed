using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Manifests;
using Sympozium.Testing;

namespace Sympozium.Repository.Tests.Crds;

/// <summary>
/// The committed CRDs against the rules that the API server has for definitions
/// (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/), and against our own: every field has
/// a description, every column and path leads to a declared field, names do not clash.
/// </summary>
public sealed class StructuralSchemaTests
{
    /// <summary>Client-side apply keeps the whole manifest in an annotation, and annotations have 256 KiB together.</summary>
    private const int MostBytes = 256 * 1024;

    /// <summary>Names and short names of the kinds that every cluster has.</summary>
    private static readonly string[] Taken =
    [
        "po", "pods", "pod", "svc", "services", "cm", "ns", "no", "nodes", "ep", "ev", "events", "limits", "pv", "pvc", "quota", "rc", "sa", "secrets", "deploy", "ds", "rs", "sts",
        "hpa", "cj", "jobs", "job", "csr", "ing", "netpol", "pdb", "pc", "sc", "crd", "crds", "roles", "role", "leases", "all", "vap", "va", "cr", "podgroup",
    ];

    public static TheoryData<string> Files => [.. Directory.GetFiles(Folder, "*.yaml").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    private static string Folder => Path.Combine(RepositoryRoot.Path, "k8s", "crds");

    [Theory]
    [MemberData(nameof(Files))]
    public void Schema_IsStructural(string file)
    {
        foreach (JsonObject version in Versions(file))
        {
            List<string> problems = StructuralSchema.Problems((JsonObject)version["schema"]!["openAPIV3Schema"]!);

            Assert.True(problems.Count == 0, string.Join('\n', problems));
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void EveryField_HasADescription(string file)
    {
        var missing = new List<string>();
        foreach (JsonObject version in Versions(file))
        {
            JsonNode schema = version["schema"]!["openAPIV3Schema"]!;
            WithoutDescription((JsonObject)schema["properties"]!["spec"]!, "spec", missing);
            WithoutDescription((JsonObject)schema["properties"]!["status"]!, "status", missing);
        }

        Assert.Empty(missing);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void ColumnsAndPaths_LeadToDeclaredFields(string file)
    {
        foreach (JsonObject version in Versions(file))
        {
            var schema = (JsonObject)version["schema"]!["openAPIV3Schema"]!;
            JsonObject[] columns = [.. version["additionalPrinterColumns"]!.AsArray().Select(column => column!.AsObject())];
            Assert.Equal(columns.Length, columns.Select(column => (string)column["name"]!).Distinct().Count());
            Assert.All(columns, column => Column(schema, column));
            JsonArray selectable = version["selectableFields"] as JsonArray ?? [];
            Assert.True(selectable.Count <= 8, "A version has at most 8 selectable fields.");
            Assert.All(selectable, field => Assert.Contains((string?)Resolve(schema, (string)field!["jsonPath"]!)["type"], (string[])["string", "boolean", "integer"]));
            if (version["subresources"]!["scale"] is JsonObject scale)
            {
                Assert.StartsWith(".spec.", (string)scale["specReplicasPath"]!, StringComparison.Ordinal);
                Assert.StartsWith(".status.", (string)scale["statusReplicasPath"]!, StringComparison.Ordinal);
                Assert.Equal("integer", (string?)Resolve(schema, (string)scale["specReplicasPath"]!)["type"]);
                Assert.Equal("integer", (string?)Resolve(schema, (string)scale["statusReplicasPath"]!)["type"]);
                Assert.Equal("string", (string?)Resolve(schema, (string)scale["labelSelectorPath"]!)["type"]);
            }
        }
    }

    [Fact]
    public void Names_DoNotClashWithEachOtherOrTheCluster()
    {
        var names = new List<string>(Taken);
        foreach (string file in Directory.GetFiles(Folder, "*.yaml"))
        {
            JsonNode spec = Read(file)["spec"]!;
            JsonNode accepted = spec["names"]!;
            names.AddRange([(string)accepted["plural"]!, (string)accepted["singular"]!, .. (accepted["shortNames"] as JsonArray ?? []).Select(name => (string)name!)]);
            Assert.Equal(["sympozium"], accepted["categories"]!.AsArray().Select(name => (string)name!));
            Assert.Equal($"{(string?)accepted["plural"]}.{(string?)spec["group"]}", (string?)Read(file)["metadata"]!["name"]);
        }

        Assert.Empty(names.GroupBy(name => name).Where(group => group.Count() > 1).Select(group => group.Key));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Definition_FitsIntoTheAnnotationOfApply(string file) =>
        Assert.InRange(Read(Path.Combine(Folder, file)).ToJsonString().Length, 1, MostBytes);

    [Theory]
    [MemberData(nameof(Files))]
    public void Status_IsASubresource(string file) => Assert.All(Versions(file), version => Assert.True(version["subresources"]!.AsObject().ContainsKey("status")));

    private static void Column(JsonObject schema, JsonObject column)
    {
        var path = (string)column["jsonPath"]!;
        Assert.StartsWith(".", path, StringComparison.Ordinal);
        Assert.NotNull(column["description"]);
        string type = (string)column["type"]!;
        foreach (string one in Alternatives(path))
        {
            JsonObject found = Resolve(schema, one);
            Assert.Equal(
                (type, one),
                (found["type"]!.GetValue<string>() == "string" && type == "date" ? "date" : found["type"]!.GetValue<string>(), one));
        }
    }

    /// <summary>A path such as <c>.spec['a','b']</c> as its single paths.</summary>
    private static IEnumerable<string> Alternatives(string path)
    {
        int open = path.IndexOf('[', StringComparison.Ordinal);
        return open < 0 ? [path] : path[(open + 1)..^1].Split(',').Select(name => $"{path[..open]}.{name.Trim('\'')}");
    }

    private static JsonObject Resolve(JsonObject schema, string path)
    {
        if (path == ".metadata.creationTimestamp")
        {
            return new JsonObject { ["type"] = "string" };
        }

        JsonNode? found = schema;
        foreach (string part in path.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            found = found?["properties"]?[part];
        }

        Assert.True(found is JsonObject, $"The schema has no field '{path}'.");
        return (JsonObject)found!;
    }

    private static void WithoutDescription(JsonObject schema, string path, List<string> missing)
    {
        if (string.IsNullOrWhiteSpace((string?)schema["description"]))
        {
            missing.Add(path);
        }

        JsonObject holder = schema;
        while ((holder["items"] ?? holder["additionalProperties"]) is JsonObject inner)
        {
            holder = inner;
        }

        foreach ((string name, JsonNode? property) in holder["properties"] as JsonObject ?? [])
        {
            WithoutDescription((JsonObject)property!, $"{path}.{name}", missing);
        }
    }

    private static IEnumerable<JsonObject> Versions(string file) => Read(Path.Combine(Folder, file))["spec"]!["versions"]!.AsArray().Select(version => version!.AsObject());

    private static JsonObject Read(string file) => (JsonObject)YamlReader.ReadSingle(File.ReadAllText(file), file)!;
}
