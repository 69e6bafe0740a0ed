using System.Text.Json.Nodes;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Resources;
using Sympozium.LocalCluster.Admission;
using Sympozium.LocalCluster.Identity;
using Sympozium.LocalCluster.Kinds;

namespace Sympozium.Silo.Admission;

/// <summary>
/// Refuses custom resources that contradict themselves or break a rule which a schema cannot say, with every problem at once, and warns of
/// what this version does not do. Keeps the spec of an AgentRun as it was created (only <c>spec.cancel</c> may change) and that of a
/// ToolApproval (only <c>spec.decision</c> may be set, once, and it names who set it).
/// </summary>
internal sealed class ResourceAdmission : IAdmission
{
    private const string Invalid = "FieldValueInvalid";
    private const string Forbidden = "FieldValueForbidden";
    private const string Decision = "decision";

    public ValueTask<AdmissionResult> ReviewAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        if (request.Kind.Type.Group != SympoziumNames.Group || request.Subresource is not null || request.Operation == AdmissionOperation.Delete)
        {
            return ValueTask.FromResult(AdmissionResult.Allowed);
        }

        string kind = request.Kind.Type.Kind;
        if (kind == "ToolApproval")
        {
            NameWhoDecides(request);
        }

        var problems = new List<ResourceProblem>();
        object? record = ResourceReader.Any(kind, request.Resource, problems);
        List<FieldProblem> causes = [.. problems.Select(problem => new FieldProblem(problem.Path, Invalid, problem.Message))];
        if (request.Old is not null)
        {
            // An object that an older version stored has not the defaults that today's definition gives to the new one.
            var old = (JsonObject)request.Old.DeepClone();
            ObjectPipeline.ApplyDefaults(request.Kind, old);
            causes.AddRange(Changes(kind, old, request.Resource));
        }

        if (record is ToolApprovalSpec approval && request.Old?["spec"]?[Decision] is null && !MayDecide(approval, request.User))
        {
            string approvers = string.Join(", ", approval.Approvers!.Select(approver => $"{approver.Kind} '{approver.Name}'"));
            causes.Add(new FieldProblem("spec.decision", Forbidden, $"'{request.User.Name}' may not decide; approvers are {approvers}"));
        }

        return ValueTask.FromResult(causes.Count > 0
            ? AdmissionResult.Invalid(causes)
            : AdmissionResult.Allowed with { Warnings = record is null ? [] : ResourceWarnings.Of(kind, record) });
    }

    /// <summary>Whoever may write the object, unless approvers are named. The control plane answers for people in channels, and administrators may do all.</summary>
    private static bool MayDecide(ToolApprovalSpec approval, UserInfo user) =>
        approval.Decision is null || approval.Approvers is null or { Count: 0 } || user.IsMaster
        || approval.Approvers.Any(approver => approver.Kind switch
        {
            "User" => approver.Name == user.Name,
            "Group" => user.Groups.Contains(approver.Name),
            _ => false,
        });

    /// <summary>What may not change in an object that exists.</summary>
    private static IEnumerable<FieldProblem> Changes(string kind, JsonObject old, JsonObject now)
    {
        if (kind == "AgentRun" && SpecChanged(old, now, "cancel"))
        {
            yield return new FieldProblem("spec", Forbidden, "an AgentRun's spec cannot be changed except for cancel; create another run instead");
        }

        if (kind == "ToolApproval" && SpecChanged(old, now, Decision))
        {
            yield return new FieldProblem("spec", Forbidden, "a ToolApproval's spec cannot be changed except for decision: it says what the agent asked");
        }

        if (kind == "ToolApproval" && old["spec"]?[Decision] is JsonNode given && !JsonNode.DeepEquals(given, now["spec"]?[Decision]))
        {
            yield return new FieldProblem("spec.decision", Forbidden, $"was given by '{given["by"].AsText()}' already and cannot be taken back or changed");
        }
    }

    /// <summary>A decision carries the name of the user who wrote it, whatever they wrote there themselves.</summary>
    private static void NameWhoDecides(AdmissionRequest request)
    {
        if (request.Resource["spec"]?[Decision] is JsonObject decision && request.Old?["spec"]?[Decision] is null)
        {
            decision["by"] = request.User.Name;
        }
    }

    /// <summary>Whether anything but <paramref name="mayChange"/> is different.</summary>
    private static bool SpecChanged(JsonObject old, JsonObject now, string mayChange) =>
        !JsonNode.DeepEquals(Without(old, mayChange), Without(now, mayChange));

    private static JsonObject? Without(JsonObject resource, string field)
    {
        var spec = resource["spec"]?.DeepClone() as JsonObject;
        spec?.Remove(field);
        return spec;
    }
}
