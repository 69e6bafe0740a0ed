using System.Text.Json.Nodes;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Resources;
using Sympozium.LocalCluster.Admission;
using Sympozium.LocalCluster.Kinds;

namespace Sympozium.Silo.Admission;

/// <summary>
/// Refuses custom resources that contradict themselves or break a rule which a schema cannot say, with every problem at once, and keeps the
/// spec of an AgentRun as it was created: only <c>spec.cancel</c> may change.
/// </summary>
internal sealed class ResourceAdmission : IAdmission
{
    private const string Invalid = "FieldValueInvalid";
    private const string Forbidden = "FieldValueForbidden";

    public ValueTask<AdmissionResult> ReviewAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        if (request.Kind.Type.Group != SympoziumNames.Group || request.Subresource is not null || request.Operation == AdmissionOperation.Delete)
        {
            return ValueTask.FromResult(AdmissionResult.Allowed);
        }

        var problems = new List<ResourceProblem>();
        Read(request.Kind.Type.Kind, request.Resource, problems);
        List<FieldProblem> causes = [.. problems.Select(problem => new FieldProblem(problem.Path, Invalid, problem.Message))];
        if (request.Kind.Type.Kind == "AgentRun" && request.Old is not null && SpecChanged(request.Old, request.Resource))
        {
            causes.Add(new FieldProblem("spec", Forbidden, "an AgentRun's spec cannot be changed except for cancel; create another run instead"));
        }

        return ValueTask.FromResult(causes.Count == 0 ? AdmissionResult.Allowed : AdmissionResult.Invalid(causes));
    }

    private static void Read(string kind, JsonObject resource, List<ResourceProblem> problems)
    {
        switch (kind)
        {
            case "AgentRun":
                ResourceReader.AgentRun(resource, problems);
                break;
            case "SympoziumInstance" or "Agent":
                ResourceReader.Instance(resource, problems);
                break;
            case "SympoziumPolicy":
                ResourceReader.Policy(resource, problems);
                break;
            case "SkillPack":
                ResourceReader.SkillPack(resource, problems);
                break;
            default:
                break;
        }
    }

    private static bool SpecChanged(JsonObject old, JsonObject now)
    {
        JsonObject? before = Comparable(old);
        JsonObject? after = Comparable(now);
        return !JsonNode.DeepEquals(before, after);
    }

    /// <summary>The spec without what may change. Cancelling cannot be undone: a run that ends does not come back.</summary>
    private static JsonObject? Comparable(JsonObject resource)
    {
        var spec = resource["spec"]?.DeepClone() as JsonObject;
        if (spec?["cancel"] is JsonValue)
        {
            spec.Remove("cancel");
        }

        return spec;
    }
}
