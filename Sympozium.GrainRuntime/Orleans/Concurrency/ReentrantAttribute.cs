namespace Orleans.Concurrency;

/// <summary>All calls of this grain class may interleave, turn by turn.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ReentrantAttribute : Attribute;
