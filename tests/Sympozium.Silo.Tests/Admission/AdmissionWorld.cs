using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Admission;
using Sympozium.LocalCluster.Hosting;
using Sympozium.Testing;
using Sympozium.Testing.Admission;

namespace Sympozium.Silo.Tests.Admission;

/// <summary>A local cluster with the real definitions, into which the objects of one case after another are put.</summary>
internal sealed class AdmissionWorld : IAsyncDisposable
{
    private static readonly ResourceType[] Order =
        [SympoziumTypes.AgentRuns, SympoziumTypes.Instances, SympoziumTypes.Agents, SympoziumTypes.SkillPacks, SympoziumTypes.Policies, SympoziumTypes.Configs, CoreTypes.Namespaces];

    private readonly TemporaryDirectory _directory = new();
    private LocalClusterHost _cluster = null!;

    public IKubernetesClient Client => _cluster.Client;

    public static async Task<AdmissionWorld> StartAsync(Func<AdmissionWorld, IAdmission>? reviewer = null)
    {
        var world = new AdmissionWorld();
        var options = new LocalClusterOptions { DataDirectory = world._directory["data"], Port = 0 };
        options.Namespaces.Add(AdmissionCases.Namespace);
        options.Namespaces.Add("sympozium-system");
        foreach (string file in Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Path, "k8s", "crds"), "*.yaml"))
        {
            options.CustomResourceDefinitions.Add(await File.ReadAllTextAsync(file));
        }

        world._cluster = await LocalClusterHost.StartAsync(options, reviewer is null ? [] : [reviewer(world)]);
        return world;
    }

    /// <summary>Creates the objects of a case, runs before their instances and instances before the policies that would refuse them; returns them as stored.</summary>
    public async Task<IReadOnlyList<JsonObject>> FillAsync(AdmissionCase one)
    {
        var stored = new List<JsonObject>();
        foreach (JsonObject item in one.Present.OrderBy(item => Array.IndexOf(Order, TypeOf(item))))
        {
            stored.Add(TypeOf(item) == CoreTypes.Namespaces
                ? await AnnotateAsync(item["metadata"]!["annotations"]!.DeepClone())
                : await Client.CreateAsync(TypeOf(item), (JsonObject)item.DeepClone(), CancellationToken.None));
        }

        return stored;
    }

    /// <summary>Deletes everything of ours.</summary>
    public async Task EmptyAsync()
    {
        await AnnotateAsync(new JsonObject { ["sympozium.ai/policy"] = null });
        foreach (ResourceType type in Order.Where(type => type != CoreTypes.Namespaces))
        {
            foreach (JsonObject item in (await Client.ListAsync(type, null, ListOptions.All, CancellationToken.None)).Items)
            {
                await Client.DeleteAsync(type, (string)item["metadata"]!["namespace"]!, (string)item["metadata"]!["name"]!, DeleteOptions.Background, CancellationToken.None);
            }
        }
    }

    public static ResourceType TypeOf(JsonObject item) => SympoziumTypes.All.Append(CoreTypes.Namespaces).Single(type => type.Kind == (string?)item["kind"]);

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        _directory.Dispose();
    }

    private Task<JsonObject> AnnotateAsync(JsonNode annotations) => Client.PatchAsync(
        CoreTypes.Namespaces, null, AdmissionCases.Namespace, new Patch(PatchType.Merge, new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = annotations } }), null, CancellationToken.None);
}
