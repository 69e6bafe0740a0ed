using System.Net;
using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Identity;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Objects;

namespace Sympozium.LocalCluster.Admission;

/// <summary>What is about to happen to an object.</summary>
public enum AdmissionOperation
{
    Create,
    Update,
    Delete,
}

/// <summary>One write before it is stored.</summary>
/// <param name="Operation">What happens.</param>
/// <param name="Kind">Kind of the object.</param>
/// <param name="Resource">The object as it would be stored, the reviewer's to change; for a deletion the object that goes.</param>
/// <param name="Old">The stored object of an update; not to be changed.</param>
/// <param name="Subresource">For example <c>status</c>; null for the object itself.</param>
/// <param name="DryRun">Nothing will be stored: no side effects, please.</param>
/// <param name="User">Who asks.</param>
public sealed record AdmissionRequest(
    AdmissionOperation Operation, KindDefinition Kind, JsonObject Resource, JsonObject? Old, string? Subresource, bool DryRun, UserInfo User)
{
    /// <summary>How it is written; null when nobody knows.</summary>
    public WriteOptions? Options { get; init; }

    /// <summary>How it is deleted; null for other operations.</summary>
    public Removal? Removal { get; init; }
}

/// <summary>What a reviewer says of a write.</summary>
public sealed record AdmissionResult
{
    public static readonly AdmissionResult Allowed = new();

    /// <summary>Set when the write is refused: what, why and what to do instead.</summary>
    public string? Refusal { get; private init; }

    public HttpStatusCode Code { get; private init; } = HttpStatusCode.Forbidden;

    public string Reason { get; private init; } = "Forbidden";

    /// <summary>Every single problem, by field.</summary>
    public IReadOnlyList<FieldProblem> Causes { get; private init; } = [];

    /// <summary>Sent along with the answer, refused or not.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>The write breaks a rule: 403.</summary>
    public static AdmissionResult Forbidden(string message, IReadOnlyList<FieldProblem>? causes = null) => new() { Refusal = message, Causes = causes ?? [] };

    /// <summary>The object is not valid: 422, worded as a validation error of these fields.</summary>
    public static AdmissionResult Invalid(IReadOnlyList<FieldProblem> causes) =>
        new() { Refusal = "", Code = HttpStatusCode.UnprocessableEntity, Reason = "Invalid", Causes = causes };

    /// <summary>Any other answer.</summary>
    public static AdmissionResult Refused(HttpStatusCode code, string reason, string message, IReadOnlyList<FieldProblem>? causes = null) =>
        new() { Refusal = message, Code = code, Reason = reason, Causes = causes ?? [] };
}

/// <summary>
/// A say in every creation, update and deletion: may change the object or refuse it. Reviewers run in the order of their
/// registration and before validation. One that throws refuses the write with an internal error.
/// </summary>
public interface IAdmission
{
    ValueTask<AdmissionResult> ReviewAsync(AdmissionRequest request, CancellationToken cancellationToken);
}
