using System.Text.Json.Nodes;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Admission;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Policies;
using Sympozium.LocalCluster.Admission;
using Sympozium.LocalCluster.Kinds;

namespace Sympozium.Silo.Admission;

/// <summary>
/// The local cluster's way to <see cref="ResourceReviewer"/>: defaults are written into the object, every reason of a refusal is in the
/// answer. It looks things up in the cluster itself, so it never decides by something that was true a moment ago.
/// </summary>
/// <param name="kubernetes">The cluster; asked for at the first review, since it is made with this reviewer in it.</param>
internal sealed class ResourceAdmission(Func<IKubernetesClient> kubernetes) : IAdmission
{
    private readonly Lazy<ResourceReviewer> _reviewer = new(() => new ResourceReviewer(new KubernetesPolicyLookup(kubernetes())));

    public async ValueTask<AdmissionResult> ReviewAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        if (request.Kind.Type.Group != SympoziumNames.Group || request.Subresource is not null)
        {
            return AdmissionResult.Allowed;
        }

        long started = TimeProvider.System.GetTimestamp();
        JsonObject? old = request.Old;
        if (old is not null)
        {
            // An object that an older version stored has not the defaults that today's definition gives to the new one.
            old = (JsonObject)old.DeepClone();
            ObjectPipeline.ApplyDefaults(request.Kind, old);
        }

        var review = new ReviewRequest(Operation(request.Operation), request.Kind.Type.Kind, request.Resource, old) { User = new ReviewUser(request.User.Name, request.User.Groups) };
        FieldDefault.Apply(request.Resource, await _reviewer.Value.DefaultAsync(review, cancellationToken));
        FieldDefault.Apply(request.Resource, AdmissionTelemetry.Trace(review));
        ReviewAnswer answer = await _reviewer.Value.ReviewAsync(review, cancellationToken);
        AdmissionTelemetry.Record(review.Kind, answer.IsAllowed ? "allowed" : "refused", started);
        if (answer.IsAllowed)
        {
            return AdmissionResult.Allowed with { Warnings = answer.Warnings };
        }

        List<FieldProblem> causes = [.. answer.Causes.Select(cause => new FieldProblem(cause.Field, cause.Reason, cause.Message))];
        return (answer.IsInvalid ? AdmissionResult.Invalid(causes) : AdmissionResult.Forbidden(answer.Message, causes)) with { Warnings = answer.Warnings };
    }

    private static ReviewOperation Operation(AdmissionOperation operation) => operation switch
    {
        AdmissionOperation.Create => ReviewOperation.Create,
        AdmissionOperation.Update => ReviewOperation.Update,
        _ => ReviewOperation.Delete,
    };
}
