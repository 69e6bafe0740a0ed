using System.Text.Json.Nodes;
using Sympozium.Abstractions.Resources;

namespace Sympozium.Abstractions.Admission;

/// <summary>A ToolApproval says what an agent asked and who decided: only its decision can be set, once, by an approver, and it names them.</summary>
internal static class ApprovalRules
{
    private const string Decision = "decision";

    /// <summary>A decision carries the name of the user who wrote it, whatever they wrote there themselves.</summary>
    public static IReadOnlyList<FieldDefault> Defaults(ReviewRequest request) =>
        Of(request.Resource) is JsonObject && Of(request.Old) is null ? [new FieldDefault(["spec", Decision, "by"], request.User.Name)] : [];

    /// <summary>Adds what may not be.</summary>
    public static void Check(ReviewRequest request, ICollection<ReviewCause> causes)
    {
        if (request.Old is { } old && !JsonNode.DeepEquals(Asked(old), Asked(request.Resource)))
        {
            causes.Add(new("spec", ReviewCause.Forbidden, "a ToolApproval's spec cannot be changed except for decision: it says what the agent asked"));
        }

        if (Of(request.Old) is { } given)
        {
            if (!JsonNode.DeepEquals(given, Of(request.Resource)))
            {
                causes.Add(new("spec.decision", ReviewCause.Forbidden, $"was given by '{(given as JsonObject)?["by"].AsText()}' already and cannot be taken back or changed"));
            }
        }
        else if (ResourceReader.ToolApproval(request.Resource, []) is { } approval && !MayDecide(approval, request.User))
        {
            string approvers = string.Join(", ", approval.Approvers!.Select(approver => $"{approver.Kind} '{approver.Name}'"));
            causes.Add(new("spec.decision", ReviewCause.Forbidden, $"'{request.User.Name}' may not decide; approvers are {approvers}"));
        }
    }

    /// <summary>Whoever may write the object, unless approvers are named. The control plane answers for people in channels, and administrators may do all.</summary>
    private static bool MayDecide(ToolApprovalSpec approval, ReviewUser user) =>
        approval.Decision is null || approval.Approvers is null or { Count: 0 } || user.IsMaster
        || approval.Approvers.Any(approver => approver.Kind switch
        {
            "User" => approver.Name == user.Name,
            "Group" => user.Groups.Contains(approver.Name),
            _ => false,
        });

    private static JsonNode? Of(JsonObject? resource) => (resource?["spec"] as JsonObject)?[Decision];

    private static JsonObject? Asked(JsonObject resource)
    {
        var spec = resource["spec"]?.DeepClone() as JsonObject;
        spec?.Remove(Decision);
        return spec;
    }
}
