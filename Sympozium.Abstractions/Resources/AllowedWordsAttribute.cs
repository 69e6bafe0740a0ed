namespace Sympozium.Abstractions.Resources;

/// <summary>The values that a text field may have; becomes <c>enum</c> in the CRD.</summary>
/// <param name="words">The values.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class AllowedWordsAttribute(params string[] words) : Attribute
{
    /// <summary>The values.</summary>
    public IReadOnlyList<string> Words { get; } = words;
}
