namespace Sympozium.Abstractions.Admission;

/// <summary>One reason of a refusal.</summary>
/// <param name="Field">Field that it is about.</param>
/// <param name="Reason">Machine-readable: <c>FieldValueInvalid</c> or <c>FieldValueForbidden</c>.</param>
/// <param name="Message">What is wrong and what to do.</param>
public sealed record ReviewCause(string Field, string Reason, string Message)
{
    /// <summary>The object contradicts itself.</summary>
    public const string Invalid = "FieldValueInvalid";

    /// <summary>A policy or a rule of the control plane refuses it.</summary>
    public const string Forbidden = "FieldValueForbidden";
}

/// <summary>The outcome of a review: every reason at once.</summary>
/// <param name="Causes">Why it is refused; empty when it is allowed.</param>
/// <param name="Warnings">What the writer should know though it is allowed.</param>
public sealed record ReviewAnswer(IReadOnlyList<ReviewCause> Causes, IReadOnlyList<string> Warnings)
{
    /// <summary>Nothing to say.</summary>
    public static readonly ReviewAnswer Silent = new([], []);

    /// <summary>Whether nothing is refused.</summary>
    public bool IsAllowed => Causes.Count == 0;

    /// <summary>Whether the object is wrong in itself (422), as opposed to refused (403).</summary>
    public bool IsInvalid => Causes.Any(cause => cause.Reason == ReviewCause.Invalid);

    /// <summary>All reasons, one a line.</summary>
    public string Message => string.Join("\n", Causes.Select(cause => $"{cause.Field}: {cause.Message}"));
}
