using System.Text.Json.Nodes;
using Sympozium.Abstractions.Policies;
using Sympozium.Abstractions.Resources;

namespace Sympozium.Abstractions.Admission;

/// <summary>
/// The one say in every write of a custom resource: called in process by the local cluster and over HTTPS by any other. First
/// <see cref="DefaultAsync"/>, then <see cref="ReviewAsync"/> on the object with its defaults.
/// </summary>
public sealed class ResourceReviewer(IPolicyLookup lookup)
{
    private const string Run = "AgentRun";
    private const string Approval = "ToolApproval";
    private const string Policy = "SympoziumPolicy";
    private const string Config = "SympoziumConfig";

    private readonly PolicyResolutions _resolutions = new();

    /// <summary>What is filled into the object.</summary>
    public async ValueTask<IReadOnlyList<FieldDefault>> DefaultAsync(ReviewRequest request, CancellationToken cancellationToken)
    {
        if (request.Operation == ReviewOperation.Delete || IsDeleting(request.Resource))
        {
            return [];
        }

        switch (request.Kind, request.Operation)
        {
            case (Approval, _):
                return ApprovalRules.Defaults(request);
            case (Run, ReviewOperation.Create):
                Context context = await ReadAsync(request, ResourceReader.AgentRun(request.Resource, [])?.InstanceRef, cancellationToken);
                return ResourceDefaults.OfRun(request.Resource, context.Instance, context.Policies.Effective);
            case (Run, ReviewOperation.Update) when request.Old is not null:
                return ResourceDefaults.OfUpdatedRun(request.Resource, request.Old);
            default:
                return [];
        }
    }

    /// <summary>Every reason to refuse the object, and warnings.</summary>
    public async ValueTask<ReviewAnswer> ReviewAsync(ReviewRequest request, CancellationToken cancellationToken)
    {
        if (request.Operation == ReviewOperation.Delete)
        {
            return request.Kind == Policy ? await ReviewPolicyDeletionAsync(request, cancellationToken) : ReviewAnswer.Silent;
        }

        // Finalizers of an object that goes must be removable, whatever has become of its policy.
        if (IsDeleting(request.Resource))
        {
            return ReviewAnswer.Silent;
        }

        var problems = new List<ResourceProblem>();
        object? record = ResourceReader.Any(request.Kind, request.Resource, problems);
        List<ReviewCause> causes = [.. problems.Select(problem => new ReviewCause(problem.Path, ReviewCause.Invalid, problem.Message))];
        List<string> warnings = record is null ? [] : [.. ResourceWarnings.Of(request.Kind, record)];
        switch (request.Kind)
        {
            case Approval:
                ApprovalRules.Check(request, causes);
                break;
            case Run when request.Old is not null:
                RunChanges.Check(request.Resource, request.Old, causes);
                break;
            case Run:
                await ReviewRunAsync(request, record as AgentRunSpec, causes, warnings, cancellationToken);
                break;
            case "SympoziumInstance" or "Agent" when SpecChanged(request):
                await ReviewInstanceAsync(request, causes, warnings, cancellationToken);
                break;
            case Policy when problems.Count == 0 && record is PolicySpec policy:
                warnings.AddRange(PolicyAdvice.Of(policy));
                break;
            case Config:
                await ReviewConfigAsync(request, warnings, cancellationToken);
                break;
        }

        return new ReviewAnswer(causes, warnings);
    }

    private async ValueTask ReviewRunAsync(ReviewRequest request, AgentRunSpec? run, List<ReviewCause> causes, List<string> warnings, CancellationToken cancellationToken)
    {
        Context context = await ReadAsync(request, run?.InstanceRef, cancellationToken);
        var problems = new List<ResourceProblem>();
        FixedRules.CheckRun(request.Resource, context.Instance, problems);
        causes.AddRange(problems.Select(problem => new ReviewCause(problem.Path, ReviewCause.Forbidden, problem.Message)));

        // A manifest may hold the policy behind the run: it waits for it and fails when it does not come (RunPlanner).
        warnings.AddRange(context.Policies.Missing.Select(problem => $"{problem.Path}: {problem.Message}"));
        causes.AddRange(context.Policies.Unreadable.Select(problem => new ReviewCause(problem.Path, ReviewCause.Forbidden, problem.Message)));
        IReadOnlyList<JsonObject> packs = await ReadPacksAsync(request, run, context.Instance, cancellationToken);
        int siblings = Parent(request.Resource) is string parent ? await lookup.LiveChildrenAsync(new ResourceKey(request.Namespace, parent), cancellationToken) : 0;
        Add(PolicyEvaluator.Evaluate(PolicySubjectReader.OfRun(request.Resource, context.Instance, packs, siblings), context.Policies.Effective), causes, warnings);
    }

    private async ValueTask ReviewInstanceAsync(ReviewRequest request, List<ReviewCause> causes, List<string> warnings, CancellationToken cancellationToken)
    {
        var problems = new List<ResourceProblem>();
        FixedRules.CheckInstance(request.Resource, problems);
        causes.AddRange(problems.Select(problem => new ReviewCause(problem.Path, ReviewCause.Forbidden, problem.Message)));
        Context context = await ReadAsync(request, request.Resource, "", cancellationToken);

        // A manifest may hold the policy behind the instance; runs are refused until it is there.
        warnings.AddRange(context.Policies.Missing.Select(problem => $"{problem.Path}: {problem.Message}"));
        causes.AddRange(context.Policies.Unreadable.Select(problem => new ReviewCause(problem.Path, ReviewCause.Forbidden, problem.Message)));
        Add(PolicyEvaluator.Evaluate(PolicySubjectReader.OfInstance(request.Resource), context.Policies.Effective), causes, warnings);
    }

    private async ValueTask ReviewConfigAsync(ReviewRequest request, List<string> warnings, CancellationToken cancellationToken)
    {
        if (request.Name != SympoziumNames.ConfigName || request.Namespace != SympoziumNames.SystemNamespace)
        {
            warnings.Add($"only the SympoziumConfig '{SympoziumNames.ConfigName}' in namespace '{SympoziumNames.SystemNamespace}' is used; this one has no effect");
        }
        else if ((request.Resource["spec"] as JsonObject)?["policyRef"].AsText() is { Length: > 0 } name)
        {
            ResourceKey key = ResourceKey.TryParse(name, out ResourceKey named) ? named : new ResourceKey(SympoziumNames.SystemNamespace, name);
            if (await lookup.PolicyAsync(key, cancellationToken) is null)
            {
                warnings.Add($"spec.policyRef: no SympoziumPolicy '{key.Name}' exists in namespace '{key.Namespace}'; no new run of the cluster starts until it does");
            }
        }
    }

    private async ValueTask<ReviewAnswer> ReviewPolicyDeletionAsync(ReviewRequest request, CancellationToken cancellationToken)
    {
        var key = new ResourceKey(request.Namespace, request.Name);
        IReadOnlyList<string> users = await lookup.UsersAsync(key, cancellationToken);
        return users.Count == 0
            ? ReviewAnswer.Silent
            : new ReviewAnswer([], [$"SympoziumPolicy '{key}' is named by {string.Join(", ", users)}; runs under it do not start until it exists again or is no longer named"]);
    }

    private static void Add(PolicyVerdict verdict, List<ReviewCause> causes, List<string> warnings)
    {
        causes.AddRange(verdict.Violations.Select(violation => new ReviewCause(violation.Path, ReviewCause.Forbidden, violation.Reason)));
        warnings.AddRange(verdict.Warnings);
    }

    private async ValueTask<Context> ReadAsync(ReviewRequest request, string? instanceName, CancellationToken cancellationToken)
    {
        JsonObject? instance = string.IsNullOrEmpty(instanceName) ? null : await lookup.InstanceAsync(new ResourceKey(request.Namespace, instanceName), cancellationToken);
        return await ReadAsync(request, instance, $"instance '{instanceName}', ", cancellationToken);
    }

    private async ValueTask<Context> ReadAsync(ReviewRequest request, JsonObject? instance, string instanceAt, CancellationToken cancellationToken) =>
        new(instance, _resolutions.Of(await PolicyReference.ReadAsync(lookup, request.Namespace, instance, instanceAt, cancellationToken)));

    private async ValueTask<IReadOnlyList<JsonObject>> ReadPacksAsync(ReviewRequest request, AgentRunSpec? run, JsonObject? instance, CancellationToken cancellationToken)
    {
        IReadOnlyList<SkillReference>? skills = run?.Skills ?? (instance is null ? null : ResourceReader.Instance(instance, [])?.Skills);
        var packs = new List<JsonObject>();
        foreach (SkillReference skill in skills ?? [])
        {
            if (skill.SkillPackRef is { Length: > 0 } reference && SkillPackNames.Of(reference) is { } name
                && (await lookup.SkillPackAsync(new ResourceKey(request.Namespace, name), cancellationToken)
                    ?? await lookup.SkillPackAsync(new ResourceKey(SympoziumNames.SystemNamespace, name), cancellationToken)) is { } pack)
            {
                packs.Add(pack);
            }
        }

        return packs;
    }

    private static string? Parent(JsonObject run) => ((run["spec"] as JsonObject)?["parent"] as JsonObject)?["runName"].AsText();

    /// <summary>An instance that broke no rule when it was written can still be labelled when a policy has changed since.</summary>
    private static bool SpecChanged(ReviewRequest request) => request.Old is null || !JsonNode.DeepEquals(request.Resource["spec"], request.Old["spec"]);

    private static bool IsDeleting(JsonObject resource) => (resource["metadata"] as JsonObject)?["deletionTimestamp"] is not null;

    private sealed record Context(JsonObject? Instance, PolicyResolution Policies);
}
