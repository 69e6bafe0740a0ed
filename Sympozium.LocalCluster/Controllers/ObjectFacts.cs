using System.Globalization;
using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds.Rules;

namespace Sympozium.LocalCluster.Controllers;

/// <summary>The object that manages another one.</summary>
internal sealed record ControllerReference(string Kind, string Name, string Uid);

/// <summary>What controllers have to know of any object. Immutable, because several workers read it.</summary>
internal record ObjectFacts
{
    public ObjectFacts(JsonObject resource)
    {
        JsonObject metadata = resource.Map("metadata") ?? [];
        Namespace = metadata.Text("namespace");
        Name = metadata.Text("name");
        Uid = metadata.Text("uid");
        Version = long.TryParse(metadata.Text("resourceVersion"), NumberStyles.None, CultureInfo.InvariantCulture, out long version) ? version : 0;
        Generation = metadata.Integer("generation") ?? 0;
        CreatedAt = Time(metadata.Text("creationTimestamp")) ?? DateTimeOffset.MinValue;
        IsDeleting = metadata["deletionTimestamp"] is not null;
        Labels = Texts(metadata.Map("labels"));
        Annotations = Texts(metadata.Map("annotations"));
        Controller = metadata.Items("ownerReferences").Select(owner => owner.Item).Where(owner => owner.IsTrue("controller"))
            .Select(owner => new ControllerReference(owner.Text("kind"), owner.Text("name"), owner.Text("uid"))).FirstOrDefault();
    }

    public string Namespace { get; }

    public string Name { get; }

    public string Uid { get; }

    /// <summary>Resource version; grows with each change of anything in the cluster.</summary>
    public long Version { get; }

    public long Generation { get; }

    public DateTimeOffset CreatedAt { get; }

    public bool IsDeleting { get; }

    public IReadOnlyDictionary<string, string> Labels { get; }

    public IReadOnlyDictionary<string, string> Annotations { get; }

    public ControllerReference? Controller { get; }

    public (string Namespace, string Name) Key => (Namespace, Name);

    protected static IReadOnlyDictionary<string, string> Texts(JsonObject? map) =>
        (map ?? []).ToDictionary(pair => pair.Key, pair => GoText(pair.Value), StringComparer.Ordinal);

    protected static DateTimeOffset? Time(string text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) ? time : null;

    private static string GoText(JsonNode? value) => Kinds.GoJson.Text(value) ?? "";
}
