using Sympozium.Abstractions.Resources;

namespace Sympozium.Abstractions.Policies;

/// <summary>
/// Pure: (what a run or instance asks for, the effective policy) → everything that is refused, with the rule and the policy that
/// refuse it. Admission, the planner and the webhook all ask here.
/// </summary>
public static class PolicyEvaluator
{
    /// <summary>Evaluates every rule.</summary>
    public static PolicyVerdict Evaluate(PolicySubject subject, EffectivePolicy policy)
    {
        var found = new Findings();
        CheckTools(subject, policy, found);
        CheckSandbox(subject, policy, found);
        CheckAgentSandbox(subject, policy, found);
        CheckChildren(subject, policy, found);
        CheckModel(subject, policy, found);
        CheckImagesAndHooks(subject, policy, found);
        CheckTimeout(subject, policy, found);
        return new PolicyVerdict(found.Violations, found.Warnings);
    }

    private static void CheckTools(PolicySubject subject, EffectivePolicy policy, Findings found)
    {
        foreach (Stated<string> tool in subject.Tools)
        {
            ToolDecision decision = policy.Tools.Decide(tool.Value);
            if (decision.Action == ToolAction.Deny)
            {
                found.Violations.Add(new(tool.Path, $"the tool '{tool.Value}' is denied", $"{decision.By}, rule {decision.Rule}"));
            }
            else if (decision.Action == ToolAction.Ask)
            {
                found.Warnings.Add(
                    $"{tool.Path}: the tool '{tool.Value}' needs an approval by {decision.By}, rule {decision.Rule}; this version cannot ask for one, so its calls are refused");
            }
        }
    }

    private static void CheckSandbox(PolicySubject subject, EffectivePolicy policy, Findings found)
    {
        if (policy.SandboxRequired is { } required && subject.Sandbox is { Value: false } declined && subject.AgentSandbox is not { Value: true })
        {
            found.Refuse(declined.Path, "false declines the sandbox, which is required; leave it out or set it to true", required);
        }

        found.CheckAmounts(subject.Cpu, "CPU", policy.MaxCpu);
        found.CheckAmounts(subject.Memory, "memory", policy.MaxMemory);
        CheckOnlyOne(policy.RuntimeClasses, "runtime class", found);
        CheckOnlyOne(policy.SeccompProfiles, "seccomp profile", found);
        foreach (Ruled<string> profile in policy.SeccompProfiles)
        {
            if (subject.SeccompProfile is { } wanted && wanted.Value != profile.Value)
            {
                found.Refuse(wanted.Path, $"the seccomp profile '{wanted.Value}' is not '{profile.Value}', which is required", profile);
            }
        }

        foreach (Stated<string> mount in subject.HostMounts)
        {
            if (policy.HostMountsDenied is { } denied)
            {
                found.Refuse(mount.Path, $"the host's directory '{mount.Value}' must not be mounted", denied);
            }
        }
    }

    /// <summary>A pod has one of these: policies that demand different ones leave nothing that could run.</summary>
    private static void CheckOnlyOne(IReadOnlyList<Ruled<string>> demands, string what, Findings found)
    {
        foreach (Ruled<string> other in demands.Skip(1).Where(demand => demand.Value != demands[0].Value))
        {
            found.Refuse("spec", $"the {what} has to be '{demands[0].Value}' for {demands[0].By} and '{other.Value}' for another one, and no pod can have both; change one of the policies", other);
        }
    }

    private static void CheckAgentSandbox(PolicySubject subject, EffectivePolicy policy, Findings found)
    {
        if (policy.AgentSandboxRequired is { } required && subject.AgentSandbox is { Value: false } declined)
        {
            found.Refuse(declined.Path, "false declines agent-sandbox, which is required; leave it out or set it to true", required);
        }

        if (subject.AgentRuntimeClass is { } named)
        {
            found.CheckLists(named, $"the runtime class '{named.Value}'", policy.AgentRuntimeClasses, static (entry, name) => entry == name);
        }
    }

    private static void CheckChildren(PolicySubject subject, EffectivePolicy policy, Findings found)
    {
        if (subject.Depth is not { } depth)
        {
            return;
        }

        if (policy.MaxDepth is { } deepest && depth.Value > deepest.Value)
        {
            found.Refuse(depth.Path, $"a child run of depth {depth.Value} is too deep; at most {deepest.Value}", deepest);
        }

        if (policy.MaxConcurrent is { } most && subject.LiveSiblings >= most.Value)
        {
            found.Refuse("spec.parent.runName", $"{subject.LiveSiblings} children of this run are alive already; at most {most.Value} may be, so wait until one has ended", most);
        }

        foreach (Ruled<string> closed in policy.ClosedFeatures.Where(closed => closed.Value == Features.SubAgents))
        {
            found.Refuse("spec.parent", "child runs are switched off", closed);
        }
    }

    private static void CheckModel(PolicySubject subject, EffectivePolicy policy, Findings found)
    {
        if (subject.Model is { } model)
        {
            found.CheckLists(
                model, $"the model '{model.Value}' of provider '{subject.Provider}'", policy.Models,
                (entry, name) => NamePattern.Matches(entry, name) || NamePattern.Matches(entry, $"{subject.Provider}/{name}"));
        }

        if (subject.ModelNamespace is { } ns)
        {
            found.CheckLists(ns, $"the namespace '{ns.Value}' of the Model", policy.ModelNamespaces, static (entry, name) => NamePattern.Matches(entry, name));
        }
    }

    private static void CheckImagesAndHooks(PolicySubject subject, EffectivePolicy policy, Findings found)
    {
        foreach (Stated<string> image in subject.SandboxImage is { } sandbox ? subject.Images.Prepend(sandbox) : subject.Images)
        {
            found.CheckLists(image, $"the image '{image.Value}'", policy.Registries, ImageName.IsFrom);
        }

        foreach (Stated<string> resource in subject.HookResources)
        {
            foreach (Ruled<string> denied in policy.DeniedResources.Where(denied => Covers(resource.Value, denied.Value)))
            {
                found.Refuse(resource.Path, $"hooks must not ask for '{resource.Value}'", denied);
            }
        }
    }

    /// <summary>
    /// Whether a permission on <paramref name="wanted"/> gives one on <paramref name="denied"/>: the same, all of its group, or a
    /// subresource. A denied resource without a group is meant in every group.
    /// </summary>
    private static bool Covers(string wanted, string denied)
    {
        (string wantedName, string wantedGroup) = Split(wanted);
        (string deniedName, string deniedGroup) = Split(denied);
        bool name = wantedName == "*" || deniedName == "*" || wantedName == deniedName || wantedName.StartsWith(deniedName + "/", StringComparison.Ordinal);
        return name && (wantedGroup == "*" || deniedGroup.Length == 0 || wantedGroup == deniedGroup);
    }

    private static (string Name, string Group) Split(string resource)
    {
        int dot = resource.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 ? (resource, "") : (resource[..dot], resource[(dot + 1)..]);
    }

    private static void CheckTimeout(PolicySubject subject, EffectivePolicy policy, Findings found)
    {
        if (policy.MaxDuration is { } longest && subject.Timeout is { } wanted && GoDuration.TryParse(wanted.Value, out TimeSpan timeout) && timeout > longest.Value)
        {
            found.Refuse(wanted.Path, $"'{wanted.Value}' is too long; at most {GoDuration.Write(longest.Value)}", longest);
        }
    }

    private sealed class Findings
    {
        public List<PolicyViolation> Violations { get; } = [];

        public List<string> Warnings { get; } = [];

        public void Refuse<T>(string path, string message, Ruled<T> rule) => Violations.Add(new(path, message, rule.By));

        public void CheckAmounts(IReadOnlyList<Stated<string>> amounts, string what, Ruled<Quantity>? most)
        {
            foreach (Stated<string> amount in amounts)
            {
                if (most is not null && !Quantity.TryParse(amount.Value, out Quantity asked))
                {
                    Refuse(amount.Path, $"'{amount.Value}' is not a quantity and cannot be compared with {most.Value}, the most {what}", most);
                }
                else if (most is not null && Quantity.TryParse(amount.Value, out asked) && asked > most.Value)
                {
                    Refuse(amount.Path, $"'{amount.Value}' is too much {what}; at most {most.Value}", most);
                }
            }
        }

        public void CheckLists(Stated<string> value, string what, IReadOnlyList<Ruled<NameList>> lists, Func<string, string, bool> matches)
        {
            foreach (Ruled<NameList> list in lists.Where(list => !list.Value.Names.Any(entry => matches(entry, value.Value))))
            {
                Refuse(value.Path, $"{what} is not among the allowed ones ({list.Value})", list);
            }
        }
    }
}
