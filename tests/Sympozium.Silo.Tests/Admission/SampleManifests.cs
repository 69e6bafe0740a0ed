using Sympozium.Testing;

namespace Sympozium.Silo.Tests.Admission;

/// <summary>Where the definitions and the samples are.</summary>
internal static class SampleManifests
{
    public static string Crds { get; } = Path.Combine(RepositoryRoot.Path, "k8s", "crds");

    public static string Samples { get; } = Path.Combine(RepositoryRoot.Path, "k8s", "samples");

    /// <summary>The manifests among the samples, those in older spellings too; the demo's script of a model is none.</summary>
    public static string[] Files { get; } =
    [
        .. Directory.EnumerateFiles(Samples, "*.yaml", SearchOption.AllDirectories)
            .Where(file => File.ReadAllText(file).Contains("\napiVersion: sympozium.ai/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>What stands behind a key at its n-th occurrence in a text of YAML.</summary>
    public static string Value(string yaml, string key, int occurrence) =>
        yaml.Split('\n').Select(line => line.Trim()).Where(line => line.StartsWith(key, StringComparison.Ordinal)).Skip(occurrence - 1).First()[key.Length..];
}
