using Sympozium.Testing;

namespace Sympozium.Repository.Tests.Crds;

public sealed class CrdFilesTests
{
    public static TheoryData<string> Plurals => [.. CrdDefinition.All.Select(definition => definition.Type.Plural)];

    [Theory]
    [MemberData(nameof(Plurals))]
    public void Crd_Regenerated_EqualsTheCommittedFile(string plural)
    {
        CrdDefinition definition = CrdDefinition.All.Single(definition => definition.Type.Plural == plural);
        GoldenFile.Check(Path.Combine(RepositoryRoot.Path, "k8s", "crds", $"{definition.Type.Group}_{plural}.yaml"), CrdGenerator.Generate(definition));
    }

    [Fact]
    public void ResourceDocument_Regenerated_EqualsTheCommittedFile() =>
        GoldenFile.Check(Path.Combine(RepositoryRoot.Path, "docs", "resources.md"), ResourceDocument.Generate(CrdDefinition.All));

    [Fact]
    public void EveryCommittedFile_HasItsDefinition() => Assert.Equal(
        CrdDefinition.All.Select(definition => $"{definition.Type.Group}_{definition.Type.Plural}.yaml").Order(StringComparer.Ordinal),
        Directory.GetFiles(Path.Combine(RepositoryRoot.Path, "k8s", "crds"), "*.yaml").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal));
}
