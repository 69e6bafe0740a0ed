using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Authorization;
using Sympozium.LocalCluster.Identity;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Objects;

namespace Sympozium.LocalCluster.Admission;

/// <summary>Asks every reviewer in turn.</summary>
public sealed class AdmissionChain(IEnumerable<IAdmission> reviewers)
{
    private readonly IAdmission[] _reviewers = [.. reviewers];

    /// <summary>Keeps anybody from giving more rights than they have; null for none.</summary>
    internal RoleGuard? Roles { get; init; }

    public bool IsEmpty => _reviewers.Length == 0;

    /// <exception cref="KubernetesException">A reviewer refused.</exception>
    public async ValueTask ReviewAsync(AdmissionRequest request, List<string> warnings, CancellationToken cancellationToken)
    {
        foreach (IAdmission reviewer in _reviewers)
        {
            AdmissionResult result = await reviewer.ReviewAsync(request, cancellationToken);
            warnings.AddRange(result.Warnings);
            if (result.Refusal is not null)
            {
                throw Refusal(request, result);
            }
        }
    }

    /// <summary>Whether the user may write these rights.</summary>
    /// <exception cref="KubernetesException">403; 404 when a binding names no role.</exception>
    public void CheckRights(KindDefinition kind, JsonObject next, JsonObject? old, UserInfo user) => Roles?.Check(kind, next, old, user);

    private static KubernetesException Refusal(AdmissionRequest request, AdmissionResult result)
    {
        ResourceType type = request.Kind.Type;
        string name = (request.Resource["metadata"] as JsonObject)?["name"]?.ToString() ?? "";
        return result.Reason switch
        {
            StatusReasons.Invalid when result.Refusal!.Length == 0 => Refusals.Invalid(type, name, result.Causes),
            StatusReasons.Forbidden => Refusals.Forbidden(type, name, result.Refusal!, result.Causes.Count > 0 ? result.Causes : null),
            _ => new KubernetesException(result.Code, result.Reason, result.Refusal!, Refusals.Details(type.Group, type.Kind, name, result.Causes)),
        };
    }
}
