namespace Sympozium.Abstractions.Resources;

/// <summary>Names of skill packs in references.</summary>
public static class SkillPackNames
{
    private const string Prefix = "skillpack-";

    /// <summary>Name of the pack that a reference means; an old habit prefixes it.</summary>
    public static string Of(string reference) => reference.StartsWith(Prefix, StringComparison.Ordinal) ? reference[Prefix.Length..] : reference;
}
