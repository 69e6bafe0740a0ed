using System.Text.Json;
using System.Text.Json.Nodes;
using Sympozium.Abstractions.Resources;

namespace Sympozium.Abstractions.Policies;

/// <summary>Collects what a policy can refuse from the resources as they are written. Values of a wrong type are for the readers to report.</summary>
public static class PolicySubjectReader
{
    /// <summary>A run with the settings that it takes from its instance.</summary>
    /// <param name="run">The AgentRun.</param>
    /// <param name="instance">Its SympoziumInstance or Agent; null when there is none.</param>
    /// <param name="packs">Its skill packs.</param>
    /// <param name="liveSiblings">Other children of its parent that are alive.</param>
    public static PolicySubject OfRun(JsonObject run, JsonObject? instance, IEnumerable<JsonObject> packs, int liveSiblings)
    {
        JsonObject spec = Canonical(run, Spellings.AgentRun);
        PolicySubject subject = instance is null ? new PolicySubject() : OfInstance(instance, $"instance '{Name(instance)}', ");
        subject = AddSettings(subject, spec, "spec");
        subject = AddModel(subject, spec, run, instance);
        subject = AddVolumes(subject, spec, "spec");
        foreach (JsonObject pack in packs)
        {
            subject = AddPack(subject, pack);
        }

        return subject with
        {
            Tools = [.. Items(At(spec, "toolPolicy", "allow")).Select((tool, i) => (Tool: tool.AsText(), i)).Where(pair => pair.Tool is not null)
                .SelectMany(pair => ToolGate.Names([pair.Tool!]).Select(tool => new Stated<string>(tool, $"spec.toolPolicy.allow[{pair.i}]")))],
            Depth = At(spec, "parent") is JsonObject parent ? new Stated<int>(Math.Max(Number(parent["spawnDepth"]) ?? 1, 1), "spec.parent.spawnDepth") : null,
            LiveSiblings = liveSiblings,
            // A run that names none gets the instance's within the policy's limit.
            Timeout = Text(spec, "spec", "timeout"),
        };
    }

    /// <summary>An instance by itself: what every run of it has.</summary>
    public static PolicySubject OfInstance(JsonObject instance) => OfInstance(instance, "");

    private static PolicySubject OfInstance(JsonObject instance, string where)
    {
        JsonObject spec = Canonical(instance, Spellings.Instance);
        string path = $"{where}spec.agents.default";
        PolicySubject subject = At(spec, "agents", "default") is JsonObject settings
            ? AddSettings(new PolicySubject(), settings, path) with { Model = Text(settings, path, "model"), Timeout = Text(settings, path, "runTimeout") }
            : new PolicySubject();
        return AddVolumes(subject, spec, $"{where}spec") with { Provider = Provider(null, null, instance, spec) };
    }

    /// <summary>Sandbox, agent-sandbox and hooks stand at the same names in a run's spec and in an instance's settings; the former win.</summary>
    private static PolicySubject AddSettings(PolicySubject subject, JsonObject settings, string path)
    {
        if (settings["sandbox"] is JsonObject sandbox)
        {
            string at = $"{path}.sandbox";
            subject = subject with
            {
                Sandbox = Flag(sandbox, at, "enabled") ?? subject.Sandbox,
                SeccompProfile = Text(sandbox, at, "securityContext", "seccompProfile", "type") ?? subject.SeccompProfile,
                Cpu = Amounts(sandbox, at, "cpu") is { Count: > 0 } cpu ? cpu : subject.Cpu,
                Memory = Amounts(sandbox, at, "memory") is { Count: > 0 } memory ? memory : subject.Memory,
                SandboxImage = Text(sandbox, at, "image") ?? subject.SandboxImage,
            };
        }

        if (settings["agentSandbox"] is JsonObject agentSandbox)
        {
            subject = subject with
            {
                AgentSandbox = Flag(agentSandbox, $"{path}.agentSandbox", "enabled") ?? subject.AgentSandbox,
                AgentRuntimeClass = Text(agentSandbox, $"{path}.agentSandbox", "runtimeClass") ?? subject.AgentRuntimeClass,
            };
        }

        return settings["lifecycle"] is JsonObject lifecycle ? AddHooks(subject, lifecycle, $"{path}.lifecycle") : subject;
    }

    private static PolicySubject AddHooks(PolicySubject subject, JsonObject lifecycle, string path) => subject with
    {
        Images =
        [
            .. subject.Images,
            .. ((string[])["preRun", "postRun"]).SelectMany(phase => Items(lifecycle[phase]).Select((hook, i) => hook is JsonObject fields ? Text(fields, $"{path}.{phase}[{i}]", "image") : null))
                .OfType<Stated<string>>(),
        ],
        HookResources =
        [
            .. subject.HookResources,
            .. Items(lifecycle["rbac"]).SelectMany((rule, i) => Items((rule as JsonObject)?["resources"]).SelectMany(resource =>
                Groups(rule).Select(group => new Stated<string>(group.Length == 0 ? resource.AsText() ?? "" : $"{resource.AsText()}.{group}", $"{path}.rbac[{i}].resources")))),
        ],
    };

    private static PolicySubject AddModel(PolicySubject subject, JsonObject spec, JsonObject run, JsonObject? instance)
    {
        JsonObject model = At(spec, "model") as JsonObject ?? [];
        JsonObject? instanceSpec = instance is null ? null : Canonical(instance, Spellings.Instance);
        subject = subject with
        {
            Model = Text(model, "spec.model", "name") ?? subject.Model,
            Provider = Provider(model["provider"].AsText(), model["baseURL"].AsText(), instance, instanceSpec),
        };
        if (Text(model, "spec.model", "modelRef") is not { } reference)
        {
            return subject;
        }

        return ResourceKey.TryParse(reference.Value, out ResourceKey key)
            ? subject with
            {
                Model = reference with { Value = key.Name },
                ModelNamespace = key.Namespace == (run["metadata"] as JsonObject)?["namespace"].AsText() ? null : reference with { Value = key.Namespace },
            }
            : subject with { Model = reference };
    }

    private static PolicySubject AddVolumes(PolicySubject subject, JsonObject spec, string path) => subject with
    {
        HostMounts =
        [
            .. subject.HostMounts,
            .. Items(spec["volumes"]).Select((volume, i) => volume is JsonObject fields && fields["hostPath"] is JsonObject host
                ? new Stated<string>(host["path"].AsText() ?? "", $"{path}.volumes[{i}].hostPath")
                : (Stated<string>?)null).OfType<Stated<string>>(),
        ],
    };

    private static PolicySubject AddPack(PolicySubject subject, JsonObject pack)
    {
        string path = $"SkillPack '{Name(pack)}', spec.sidecar";
        if (At(pack, "spec", "sidecar") is not JsonObject sidecar)
        {
            return subject;
        }

        JsonObject? access = sidecar["hostAccess"] as JsonObject;
        return subject with
        {
            Images = Text(sidecar, path, "image") is { } image ? [.. subject.Images, image] : subject.Images,
            HostMounts = access is null || Flag(access, path, "enabled") is { Value: false }
                ? subject.HostMounts
                : [.. subject.HostMounts, .. Items(access["mounts"]).Select((mount, i) => new Stated<string>((mount as JsonObject)?["hostPath"].AsText() ?? "", $"{path}.hostAccess.mounts[{i}]"))],
        };
    }

    private static string Provider(string? wanted, string? baseUrl, JsonObject? instance, JsonObject? instanceSpec)
    {
        JsonObject? reference = Items(At(instanceSpec, "authRefs")).FirstOrDefault() as JsonObject;
        string? label = ((instance?["metadata"] as JsonObject)?["labels"] as JsonObject)?[ModelProvider.Label].AsText();
        return ModelProvider.Of(wanted, baseUrl, label, reference?["provider"].AsText(), reference?["secret"].AsText(), At(instanceSpec, "agents", "default", "baseURL").AsText());
    }

    private static JsonObject Canonical(JsonObject resource, IReadOnlyList<SpellingRule> rules) =>
        resource["spec"] is JsonObject spec ? Spellings.Canonicalize(rules, spec, []) : [];

    private static IReadOnlyList<Stated<string>> Amounts(JsonObject sandbox, string path, string resource) =>
        [.. ((string[])["requests", "limits"]).Select(kind => PolicyChecks.QuantityText(At(sandbox, "resources", kind, resource)) is string amount
            ? new Stated<string>(amount, $"{path}.resources.{kind}.{resource}")
            : (Stated<string>?)null).OfType<Stated<string>>()];

    private static string[] Groups(JsonNode? rule)
    {
        string[] groups = [.. Items((rule as JsonObject)?["apiGroups"]).Select(group => group.AsText() ?? "")];
        return groups.Length == 0 ? [""] : groups;
    }

    private static string Name(JsonObject resource) => (resource["metadata"] as JsonObject)?["name"].AsText() ?? "";

    private static JsonNode? At(JsonObject? node, params ReadOnlySpan<string> path)
    {
        JsonNode? current = node;
        foreach (string name in path)
        {
            current = (current as JsonObject)?[name];
        }

        return current;
    }

    private static Stated<string>? Text(JsonObject node, string path, params ReadOnlySpan<string> names) =>
        At(node, names).AsText() is { Length: > 0 } text ? new Stated<string>(text, $"{path}.{string.Join('.', names)}") : null;

    private static Stated<bool>? Flag(JsonObject node, string path, string name) =>
        node[name] is JsonValue value && value.GetValueKind() is JsonValueKind.True or JsonValueKind.False ? new Stated<bool>(value.GetValue<bool>(), $"{path}.{name}") : null;

    private static int? Number(JsonNode? node) => node is JsonValue value && value.TryGetValue(out int number) ? number : null;

    private static IEnumerable<JsonNode?> Items(JsonNode? node) => node as JsonArray ?? [];
}
