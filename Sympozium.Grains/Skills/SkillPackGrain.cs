using System.Text.Json.Nodes;
using Orleans;
using Orleans.Runtime;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Resources;
using Sympozium.Abstractions.Skills;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Grains.Skills;

/// <summary>
/// Keeps the ConfigMap of a SkillPack (same name, one file per skill) equal to the pack. Triggered by changes of the pack; the
/// ConfigMap is owned by it, so deleting the pack deletes the files. A ConfigMap of that name which somebody else made is left
/// alone and reported.
/// </summary>
[GrainType("skill-pack")]
internal sealed class SkillPackGrain(IKubernetesClient kubernetes, TimeProvider time) : Grain, ISkillPackGrain
{
    public async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        var key = ResourceKey.Parse(this.GetPrimaryKeyString());
        JsonObject? pack = await kubernetes.GetAsync(SympoziumTypes.SkillPacks, key.Namespace, key.Name, cancellationToken);
        if (pack is null)
        {
            DeactivateOnIdle();
            return;
        }

        var problems = new List<ResourceProblem>();
        SkillPackSpec? spec = ResourceReader.SkillPack(pack, problems);
        if (spec is not null && problems.Count == 0)
        {
            await WriteFilesAsync(key, pack, spec, problems, cancellationToken);
        }

        await WriteStatusAsync(key, pack, spec?.Skills?.Count ?? 0, problems, cancellationToken);
    }

    private async Task WriteFilesAsync(ResourceKey key, JsonObject pack, SkillPackSpec spec, List<ResourceProblem> problems, CancellationToken cancellationToken)
    {
        JsonObject data = new(SkillFileFormat.Render(spec).Select(file => KeyValuePair.Create(file.Key, (JsonNode?)file.Value)));
        string uid = (string)pack["metadata"]!["uid"]!;
        JsonObject? present = await kubernetes.GetAsync(CoreTypes.ConfigMaps, key.Namespace, key.Name, cancellationToken);
        if (present is null)
        {
            await kubernetes.CreateAsync(CoreTypes.ConfigMaps, NewConfigMap(key, uid, data), cancellationToken);
            return;
        }

        bool ours = (present["metadata"]!["ownerReferences"] as JsonArray)?.OfType<JsonObject>().Any(owner => (string?)owner["uid"] == uid) ?? false;
        if (!ours)
        {
            problems.Add(new("metadata.name", $"a ConfigMap '{key.Name}' exists in namespace '{key.Namespace}' and does not belong to this pack; delete it or rename the pack"));
        }
        else if (!JsonNode.DeepEquals(present["data"], data))
        {
            present["data"] = data;
            await kubernetes.ReplaceAsync(CoreTypes.ConfigMaps, present, null, cancellationToken);
        }
    }

    private static JsonObject NewConfigMap(ResourceKey key, string uid, JsonObject data) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "ConfigMap",
        ["metadata"] = new JsonObject
        {
            ["name"] = key.Name,
            ["namespace"] = key.Namespace,
            ["labels"] = new JsonObject
            {
                [SympoziumNames.ComponentLabel] = "skillpack",
                ["app.kubernetes.io/managed-by"] = "sympozium-controller",
            },
            ["ownerReferences"] = new JsonArray(new JsonObject
            {
                ["apiVersion"] = SympoziumNames.ApiVersion,
                ["kind"] = "SkillPack",
                ["name"] = key.Name,
                ["uid"] = uid,
                ["controller"] = true,
                ["blockOwnerDeletion"] = true,
            }),
        },
        ["data"] = data,
    };

    private async Task WriteStatusAsync(ResourceKey key, JsonObject pack, int skills, List<ResourceProblem> problems, CancellationToken cancellationToken)
    {
        bool ready = problems.Count == 0;
        var status = new JsonObject
        {
            ["phase"] = ready ? "Ready" : "Error",
            ["configMapName"] = ready ? key.Name : null,
            ["skillCount"] = skills,
            ["observedGeneration"] = (long?)pack["metadata"]!["generation"] ?? 1,
            ["conditions"] = new JsonArray(Conditions.Make(
                pack, "Ready", ready, ready ? "Ready" : "Invalid", ready ? "The skill files are mounted from the ConfigMap." : string.Join("\n", problems), time.GetUtcNow())),
        };
        if (!Conditions.Holds(pack, status))
        {
            await kubernetes.PatchAsync(
                SympoziumTypes.SkillPacks, key.Namespace, key.Name, new Patch(PatchType.Merge, new JsonObject { ["status"] = status }), "status", cancellationToken);
        }
    }
}
