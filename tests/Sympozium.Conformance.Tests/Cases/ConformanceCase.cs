using System.Text.Json.Nodes;
using Sympozium.Testing;

namespace Sympozium.Conformance.Tests.Cases;

/// <summary>One case file with the output that a real Kubernetes gave for each of its steps.</summary>
internal sealed class ConformanceCase
{
    private static readonly string Assets = Path.Combine(RepositoryRoot.Path, "tests", "Sympozium.Conformance.Tests", "testassets");

    private ConformanceCase(string id)
    {
        Id = id;
        Text = File.ReadAllText(Path.Combine(Assets, "cases", id + ".json"));
        Document = JsonNode.Parse(Text)!.AsObject();
        Expected = [.. JsonNode.Parse(File.ReadAllText(Path.Combine(Assets, "golden", id + ".json")))!["steps"]!.AsArray().Select(s => s!.AsObject())];
    }

    public string Id { get; }

    /// <summary>The file as it is, for questions such as "does it make cluster-wide objects".</summary>
    public string Text { get; }

    public JsonObject Document { get; }

    public IEnumerable<JsonObject> Steps => Document["steps"]!.AsArray().Select(s => s!.AsObject());

    public IReadOnlyList<JsonObject> Expected { get; }

    /// <summary>Paths dropped from every body.</summary>
    public IEnumerable<JsonNode?> Ignored => Document["ignore"]?.AsArray() ?? [];

    /// <summary>Prefixes of names with random suffixes.</summary>
    public IEnumerable<string> Generated => Document["generated"]?.AsArray().Select(p => (string)p!) ?? [];

    /// <summary>Where it runs; the parts take about the same time.</summary>
    public ConformancePart Part =>
        Needs("node") ? ConformancePart.Workloads
        : HasTag("crd", "table", "ssa", "apply", "gc") ? ConformancePart.CustomResources
        : HasTag("http", "watch", "discovery", "rbac", "webhook", "delete", "paging", "selector") ? ConformancePart.Protocol
        : ConformancePart.Objects;

    public bool Needs(string what) => Document["needs"]?.AsArray().Any(n => (string?)n == what) ?? false;

    /// <summary>Whether a step runs kubectl, whose words differ from version to version.</summary>
    public bool UsesKubectl => Text.Contains("\"kubectl\":", StringComparison.Ordinal);

    /// <summary>Whether what it shows is the work of controllers of Jobs, Deployments or ReplicaSets.</summary>
    public bool NeedsWorkloadControllers => Needs("node") || Text.Contains("/deployments", StringComparison.Ordinal);

    /// <summary>Whether a step may look at what a controller has not done yet.</summary>
    public bool ShowsControllersWork => NeedsWorkloadControllers || Text.Contains("/jobs", StringComparison.Ordinal);

    /// <summary>Whether kubectl has to see a pod before it is gone, however long its own start takes.</summary>
    public bool WatchesPodsGo => Needs("node") && Text.Contains("--for=delete", StringComparison.Ordinal);

    private bool HasTag(params string[] tags) => Document["tags"]!.AsArray().Any(t => tags.Contains((string?)t));

    public static ConformanceCase Read(string id) => new(id);

    /// <summary>Ids of all cases, in order.</summary>
    public static IEnumerable<string> Ids { get; } =
        [.. Directory.EnumerateFiles(Path.Combine(Assets, "cases"), "*.json").Select(p => Path.GetFileNameWithoutExtension(p)!).Order(StringComparer.Ordinal)];

    /// <summary>Path of a file beside the cases.</summary>
    public static string Asset(string name) => Path.Combine(Assets, name);
}
