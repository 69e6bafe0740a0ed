using Sympozium.LocalCluster.Kinds;

namespace Sympozium.LocalCluster.Tests.Kinds;

public sealed class CoreSchemaTests
{
    [Fact]
    public void EveryCoreKind_HasMetadataAndSpecifiedFields()
    {
        foreach (KindDefinition kind in CoreKinds.All)
        {
            Assert.Equal("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta", kind.Schema.Properties["metadata"].Target?.DefinitionName);
            Assert.True(kind.Schema.Properties.Count > 3 || kind.Type.Kind == "RoleBinding", kind.Type.Kind);
        }
    }

    [Fact]
    public void SharedTypes_AreTheSameInstance()
    {
        Schema pod = Find("Pod").Schema.Properties["spec"].Resolved;
        Schema job = Find("Job").Schema.Properties["spec"].Resolved.Properties["template"].Resolved.Properties["spec"].Resolved;

        Assert.Same(pod, job);
        Assert.Equal("name", pod.Properties["containers"].PatchMergeKey);
        Assert.Equal("merge,retainKeys", pod.Properties["volumes"].PatchStrategy);
        Assert.Equal(["containerPort", "protocol"], pod.Properties["containers"].Items!.Resolved.Properties["ports"].ListMapKeys);
    }

    [Fact]
    public void EveryField_HasADescription()
    {
        foreach (Schema definition in CoreSchemas.Instance.All)
        {
            Assert.False(string.IsNullOrEmpty(definition.Description), definition.DefinitionName);
            Assert.All(definition.Properties, field => Assert.False(string.IsNullOrEmpty(field.Value.Description), $"{definition.DefinitionName}.{field.Key}"));
        }
    }

    private static KindDefinition Find(string kind) => CoreKinds.All.Single(definition => definition.Type.Kind == kind);
}
