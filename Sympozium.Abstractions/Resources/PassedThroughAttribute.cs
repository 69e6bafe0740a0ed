namespace Sympozium.Abstractions.Resources;

/// <summary>
/// An object of Kubernetes that goes into the pod as it stands. The CRD names the fields of <paramref name="shape"/> and keeps all others;
/// the API server checks the rest when the pod is made.
/// </summary>
/// <param name="shape">A record whose properties are the fields to name.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PassedThroughAttribute(Type shape) : Attribute
{
    /// <summary>The record whose properties are the fields to name.</summary>
    public Type Shape { get; } = shape;
}
