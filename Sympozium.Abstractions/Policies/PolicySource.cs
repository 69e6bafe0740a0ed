namespace Sympozium.Abstractions.Policies;

/// <summary>Who names a policy, nearest first.</summary>
public enum PolicyOrigin
{
    /// <summary>The instance, by <c>spec.policyRef</c>.</summary>
    Instance,

    /// <summary>The namespace, by its annotation <see cref="SympoziumNames.PolicyAnnotation"/>.</summary>
    Namespace,

    /// <summary>The SympoziumConfig <c>default</c>, by <c>spec.policyRef</c>.</summary>
    Cluster,
}

/// <summary>One policy that holds, and why it does.</summary>
/// <param name="Origin">Who names it.</param>
/// <param name="Policy">The SympoziumPolicy.</param>
public sealed record PolicySource(PolicyOrigin Origin, ResourceKey Policy)
{
    /// <summary>As refusals name it.</summary>
    public override string ToString() => Origin switch
    {
        PolicyOrigin.Instance => $"policy '{Policy}' of the instance",
        PolicyOrigin.Namespace => $"policy '{Policy}' of the namespace",
        _ => $"policy '{Policy}' of the cluster",
    };
}
