namespace Orleans.Concurrency;

/// <summary>The caller does not wait; what the method returns or throws is not seen by it.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OneWayAttribute : Attribute;
