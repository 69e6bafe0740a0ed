using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Admission.Webhooks;
using Sympozium.LocalCluster.Authorization;
using Sympozium.LocalCluster.Identity;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Objects;

namespace Sympozium.LocalCluster.Admission;

/// <summary>
/// Everybody who has a say in a write. First those who may change it, webhooks and then the reviewers of this process; after
/// validation the webhooks that only say yes or no.
/// </summary>
public sealed class AdmissionChain
{
    private readonly IAdmission[] _reviewers;
    private readonly WebhookDispatcher? _webhooks;

    public AdmissionChain(IEnumerable<IAdmission> reviewers)
        : this(reviewers, null)
    {
    }

    internal AdmissionChain(IEnumerable<IAdmission> reviewers, WebhookDispatcher? webhooks)
    {
        _reviewers = [.. reviewers];
        _webhooks = webhooks;
    }

    /// <summary>Keeps anybody from giving more rights than they have; null for none.</summary>
    internal RoleGuard? Roles { get; init; }

    public bool IsEmpty => _reviewers.Length == 0 && _webhooks is not { IsEmpty: false };

    /// <summary>Those who may change the object, in place.</summary>
    /// <exception cref="KubernetesException">One refused.</exception>
    public async ValueTask ReviewAsync(AdmissionRequest request, List<string> warnings, CancellationToken cancellationToken)
    {
        if (_webhooks is not null)
        {
            await _webhooks.MutateAsync(request, warnings, cancellationToken);
        }

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

    /// <summary>Those who only refuse, about the object as it will be stored.</summary>
    /// <exception cref="KubernetesException">One refused.</exception>
    public Task ConfirmAsync(AdmissionRequest request, List<string> warnings, CancellationToken cancellationToken) =>
        _webhooks is null ? Task.CompletedTask : _webhooks.ValidateAsync(request, warnings, cancellationToken);

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
