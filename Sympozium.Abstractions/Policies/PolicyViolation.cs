namespace Sympozium.Abstractions.Policies;

/// <summary>Something that a policy refuses.</summary>
/// <param name="Path">Field of the run or instance, for example <c>spec.model.name</c>.</param>
/// <param name="Message">What is refused and what is allowed.</param>
/// <param name="By">Policy and rule that refuse, for example <c>policy 'team/strict' of the instance, rule spec.modelPolicy.allowedModels</c>.</param>
public sealed record PolicyViolation(string Path, string Message, string By)
{
    /// <summary>The message with its author; what stands behind the path in a refusal.</summary>
    public string Reason => $"{Message}; refused by {By}";

    /// <inheritdoc/>
    public override string ToString() => $"{Path}: {Reason}";
}
