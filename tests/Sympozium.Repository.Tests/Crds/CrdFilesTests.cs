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
}
