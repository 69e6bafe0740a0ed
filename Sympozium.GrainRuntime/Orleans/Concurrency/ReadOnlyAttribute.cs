namespace Orleans.Concurrency;

/// <summary>Calls of methods marked so may interleave with each other, not with the rest.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ReadOnlyAttribute : Attribute;
