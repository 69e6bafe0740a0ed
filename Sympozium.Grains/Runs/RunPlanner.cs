using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Admission;
using Sympozium.Abstractions.Policies;
using Sympozium.Abstractions.Resources;
using Sympozium.Abstractions.Runs;

namespace Sympozium.Grains.Runs;

/// <summary>
/// Pure: (run, instance, policy, skills, which secrets exist) → <see cref="RunPlan"/>, or the list of everything that is wrong.
/// It reads no clock and does no I/O, so the same inputs always give the same plan.
/// </summary>
public static class RunPlanner
{
    /// <summary>Most bytes that task, history and instructions may have together: they travel in one ConfigMap (limit 1 MiB).</summary>
    public const int MaxInputBytes = 900 * 1024;

    private const string DefaultAgentId = "primary";
    private const string RuntimeDefault = "RuntimeDefault";

    /// <summary>Makes the plan of a run.</summary>
    public static PlanResult Plan(RunInputs inputs)
    {
        var problems = new List<ResourceProblem>();
        AgentRunSpec? run = ResourceReader.AgentRun(inputs.Run, problems);
        if (run is null || problems.Count > 0)
        {
            return Refuse(RunFailureReasons.InvalidSpec, problems);
        }

        if (inputs.Instance is null)
        {
            problems.Add(new("spec.instanceRef", $"no SympoziumInstance or Agent '{run.InstanceRef}' exists in namespace '{inputs.Key.Namespace}'; create it or name another one"));
            return Refuse(RunFailureReasons.ReferenceNotFound, problems);
        }

        InstanceSpec? instance = ReadInstance(inputs.Instance, problems);
        return instance is null ? Refuse(RunFailureReasons.InvalidSpec, problems) : Plan(inputs, run, instance, problems);
    }

    private static PlanResult Plan(RunInputs inputs, AgentRunSpec run, InstanceSpec instance, List<ResourceProblem> problems)
    {
        PolicyResolution policies = PolicyResolution.Of(inputs.Policies);
        problems.AddRange(policies.Problems);
        PolicySubject subject = PolicySubjectReader.OfRun(inputs.Run, inputs.Instance, inputs.SkillPacks.Values, inputs.LiveSiblings);
        int denied = CheckPolicies(inputs, subject, policies.Effective, problems);
        SkillSelection skills = SelectSkills(inputs, run.Skills ?? instance.Skills ?? [], problems);
        ModelRoute? model = ModelRouting.Resolve(inputs, run.Model, instance, problems);
        RefuseUnsupported(run, instance, problems);
        string reason = policies.Missing.Count > 0 || skills.Missing ? RunFailureReasons.ReferenceNotFound : RunFailureReasons.InvalidSpec;
        if (run.DryRun is not true && model is not null && CredentialsMissing(inputs, model, problems))
        {
            reason = RunFailureReasons.MissingCredentials;
        }

        if (denied > 0)
        {
            // Waiting for what else is missing would not help.
            reason = RunFailureReasons.PolicyDenied;
        }

        if (model is null)
        {
            return Refuse(reason, problems);
        }

        RunPlan plan = Build(inputs, run, instance, policies.Effective, model) with
        {
            SkillConfigMaps = skills.ConfigMaps,
            MirroredSkills = skills.Mirrored,
            RuntimeClass = policies.Effective.RuntimeClasses.Select(demand => demand.Value).FirstOrDefault(),
            MaxTokens = policies.Effective.MaxTokens,
            MaxModelCalls = policies.Effective.MaxModelCalls,
            Resources = AgentResources.Of(subject, policies.Effective),
            Warnings = Warnings(policies.Effective, skills),
        };
        CheckSize(plan, problems);
        return problems.Count > 0 ? Refuse(reason, problems) : new PlanResult(plan, null, []);
    }

    /// <summary>The same questions as at admission: policies, instance and packs may have changed since, or admission may have been away.</summary>
    private static int CheckPolicies(RunInputs inputs, PolicySubject subject, EffectivePolicy policy, List<ResourceProblem> problems)
    {
        int before = problems.Count;
        FixedRules.CheckRun(inputs.Run, inputs.Instance, problems);
        problems.AddRange(PolicyEvaluator.Evaluate(subject, policy).Violations.Select(violation => new ResourceProblem(violation.Path, violation.Reason)));
        if (policy.AgentSandboxRequired is { } required)
        {
            problems.Add(new("spec.agentSandbox", $"is required by {required.By}, and this version does not support the agent-sandbox backend"));
        }

        return problems.Count - before;
    }

    private static RunPlan Build(RunInputs inputs, AgentRunSpec run, InstanceSpec instance, EffectivePolicy policy, ModelRoute model)
    {
        AgentSettings? settings = instance.Agents?.Default;
        (string? traceParent, string? traceState) = RunTelemetry.Cause(inputs.Run);
        return new RunPlan
        {
            Run = inputs.Key,
            RunUid = inputs.Uid,
            Instance = run.InstanceRef!,
            AgentId = run.AgentId ?? DefaultAgentId,
            SessionKey = run.SessionKey ?? inputs.Key.Name,
            Task = TaskText(run),
            Messages = run.Messages is { Count: > 0 } history ? new JsonArray([.. history.Select(message => message.DeepClone())]).ToJsonString() : null,
            SystemPrompt = run.SystemPrompt ?? instance.SystemPrompt ?? "",
            Model = model,
            Timeout = ResourceDefaults.Capped(run.Timeout ?? instance.Agents?.Default?.RunTimeout, policy),
            Tools = policy.Tools.Narrow(run.ToolPolicy),
            EgressAllowed = policy.NetworkOpen,
            DryRun = run.DryRun is true,
            Env = Merge(settings?.Env, run.Env),
            NodeSelector = Merge(settings?.NodeSelector, run.Model?.NodeSelector),
            ImagePullSecrets = PullSecrets(run.ImagePullSecrets ?? instance.ImagePullSecrets),
            Channels = ChannelTypes(instance.Channels),
            TraceParent = traceParent,
            TraceState = traceState,
        };
    }

    private static List<string> PullSecrets(IReadOnlyList<SecretReference>? secrets) => [.. (secrets ?? []).Select(secret => secret.Name).Distinct()];

    private static List<string> ChannelTypes(IReadOnlyList<ChannelSpec>? channels) => [.. (channels ?? []).Select(channel => channel.Type).Distinct()];

    private static InstanceSpec? ReadInstance(JsonObject resource, List<ResourceProblem> problems)
    {
        var found = new List<ResourceProblem>();
        InstanceSpec? instance = ResourceReader.Instance(resource, found);
        problems.AddRange(found.Select(problem => new ResourceProblem($"instance '{(string?)resource["metadata"]!["name"]}', {problem.Path}", problem.Message)));
        return instance;
    }

    private static PlanResult Refuse(string reason, List<ResourceProblem> problems) => new(null, reason, problems);

    private static string TaskText(AgentRunSpec run)
    {
        if (run.Task is JsonValue value && value.GetValueKind() == JsonValueKind.String)
        {
            return value.GetValue<string>();
        }

        return run.Messages?.LastOrDefault(message => message["role"].AsText() == "user")?["content"] switch
        {
            JsonArray parts => string.Join('\n', parts.OfType<JsonObject>().Select(part => part["text"].AsText()).OfType<string>()),
            JsonNode content => content.AsText() ?? "",
            null => "",
        };
    }

    private static bool CredentialsMissing(RunInputs inputs, ModelRoute model, List<ResourceProblem> problems)
    {
        if (model.SecretName is null)
        {
            if (!ModelRouting.NeedsKey(model))
            {
                return false;
            }

            problems.Add(new("spec.model.authSecretRef", $"the provider '{model.Provider}' needs a key: name a secret in the instance's spec.authRefs or spec.provider.apiKeySecret"));
            return true;
        }

        if (!inputs.SecretKeys.TryGetValue(model.SecretName, out IReadOnlySet<string>? keys))
        {
            problems.Add(new("spec.model.authSecretRef", $"no Secret '{model.SecretName}' exists in namespace '{model.SecretNamespace}'"));
            return true;
        }

        if (keys.Count == 0)
        {
            problems.Add(new("spec.model.authSecretRef", $"the Secret '{model.SecretName}' in namespace '{model.SecretNamespace}' is empty; it needs 'apiKey' or '{model.Provider.ToUpperInvariant()}_API_KEY'"));
            return true;
        }

        return false;
    }

    /// <summary>A field that promises protection or another way of running must not be ignored in silence.</summary>
    private static void RefuseUnsupported(AgentRunSpec run, InstanceSpec instance, List<ResourceProblem> problems)
    {
        if (run.Task is JsonObject task)
        {
            problems.Add(new("spec.task.mode", $"'{task["mode"].AsText()}' is not supported by this version; give the task as a text"));
        }

        if (run.Mode == "server")
        {
            problems.Add(new("spec.mode", "'server' is not supported by this version; the gateway serves every instance"));
        }

        if (run.Lifecycle is not null || instance.Agents?.Default?.Lifecycle is not null)
        {
            problems.Add(new("spec.lifecycle", "hooks and gates are not supported by this version; remove them"));
        }

        if (run.AgentSandbox is not null || instance.Agents?.Default?.AgentSandbox is not null)
        {
            problems.Add(new("spec.agentSandbox", "the agent-sandbox backend is not supported by this version; remove it"));
        }
    }

    private static void CheckSize(RunPlan plan, List<ResourceProblem> problems)
    {
        long bytes = Encoding.UTF8.GetByteCount(plan.Task) + Encoding.UTF8.GetByteCount(plan.Messages ?? "") + Encoding.UTF8.GetByteCount(plan.SystemPrompt);
        if (bytes > MaxInputBytes)
        {
            problems.Add(new("spec.task", $"task, messages and systemPrompt have {bytes} bytes together; at most {MaxInputBytes} fit"));
        }
    }

    private static SkillSelection SelectSkills(RunInputs inputs, IReadOnlyList<SkillReference> wanted, List<ResourceProblem> problems)
    {
        var selection = new SkillSelection();
        foreach (SkillReference skill in wanted)
        {
            if (skill.ConfigMapRef is not null)
            {
                selection.ConfigMaps.Add(skill.ConfigMapRef);
                continue;
            }

            string name = SkillPackNames.Of(skill.SkillPackRef!);
            if (!inputs.SkillPacks.TryGetValue(name, out JsonObject? pack))
            {
                selection.Missing = true;
                problems.Add(new("spec.skills", $"no SkillPack '{name}' exists in namespace '{inputs.Key.Namespace}' or '{SympoziumNames.SystemNamespace}'"));
                continue;
            }

            SkillPackSpec? spec = ResourceReader.SkillPack(pack, problems);
            if (spec?.Sidecar is not null)
            {
                selection.WithSidecar.Add(name);
            }

            if ((string?)pack["metadata"]!["namespace"] == inputs.Key.Namespace)
            {
                selection.ConfigMaps.Add(name);
            }
            else if (spec is not null)
            {
                selection.Mirrored.Add(new SkillFiles(name, Skills.SkillFileFormat.Render(spec)));
            }
        }

        return selection;
    }

    private static SortedDictionary<string, string> Merge(IReadOnlyDictionary<string, string>? lower, IReadOnlyDictionary<string, string>? upper)
    {
        var merged = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach ((string key, string value) in (lower ?? new Dictionary<string, string>()).Concat(upper ?? new Dictionary<string, string>()))
        {
            merged[key] = value;
        }

        return merged;
    }

    /// <summary>Protections that a policy asks for and that this version does not give.</summary>
    private static List<string> Warnings(EffectivePolicy policy, SkillSelection skills)
    {
        List<string> warnings = [.. skills.WithSidecar.Select(pack => $"SkillPack '{pack}' has a sidecar, which this version does not start; only its files are mounted")];
        if (!policy.NetworkOpen && policy.Egress().Count > 0)
        {
            warnings.Add("the policy's networkPolicy.allowedEgress is not evaluated by this version; the pod reaches the control plane only");
        }

        if (policy.NetworkOpen && policy.Network.Any(rule => !rule.Value.Dns || !rule.Value.EventBus))
        {
            warnings.Add("the policy's networkPolicy.allowDNS and allowEventBus are not evaluated by this version while the network is open");
        }

        if (policy.DefaultImage is { } image)
        {
            warnings.Add($"{image.By} is not evaluated by this version: agents run in the runner's image");
        }

        warnings.AddRange(policy.SeccompProfiles.Where(profile => profile.Value != RuntimeDefault).Select(profile => $"{profile.By} is not evaluated by this version: pods have the profile {RuntimeDefault}"));
        return warnings;
    }

    private sealed class SkillSelection
    {
        public List<string> ConfigMaps { get; } = [];

        public List<SkillFiles> Mirrored { get; } = [];

        public List<string> WithSidecar { get; } = [];

        public bool Missing { get; set; }
    }
}
