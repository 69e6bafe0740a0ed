namespace Sympozium.Abstractions.Resources;

/// <summary>The value, or each value of the map, is a Kubernetes quantity: a number or a text such as <c>500m</c> or <c>4Gi</c>.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class QuantityAttribute : Attribute
{
    /// <summary>How a quantity looks as a text, as Kubernetes' own CRDs write it.</summary>
    public const string Pattern =
        @"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$";
}
