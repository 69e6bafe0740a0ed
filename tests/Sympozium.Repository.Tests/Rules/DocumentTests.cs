using System.Text.RegularExpressions;

namespace Sympozium.Repository.Tests.Rules;

/// <summary>Documents that list what the code has must list all of it, and their links must lead somewhere.</summary>
public sealed partial class DocumentTests
{
    private const string StatusCodes = "docs/status-codes.md";

    [Theory]
    [InlineData("Sympozium.Abstractions/Runs/RunPhase.cs", @"public const string (\w+) = ")]
    [InlineData("Sympozium.Cli/ExitCodes.cs", @"public const int (\w+) = ")]
    public void StatusCodes_OfTheCode_AreDocumented(string file, string pattern)
    {
        string document = SourceTree.Read(StatusCodes);
        SourceTree.AssertNone(
            Regex.Matches(SourceTree.Read(file), pattern).Select(match => match.Groups[1].Value).Where(name => !document.Contains($"`{name}`", StringComparison.Ordinal)),
            $"Describe these names of {file} in {StatusCodes}.");
    }

    [Fact]
    public void Links_BetweenDocuments_LeadToFiles() => SourceTree.AssertNone(
        from file in SourceTree.Files
        where file.EndsWith(".md", StringComparison.Ordinal)
        from Match link in Link().Matches(SourceTree.Read(file))
        let target = link.Groups[1].Value.Split('#')[0]
        where target.Length > 0 && !target.Contains("://", StringComparison.Ordinal) && !target.StartsWith("mailto:", StringComparison.Ordinal)
        where !Exists(Path.Combine(Testing.RepositoryRoot.Path, Path.GetDirectoryName(file)!, target))
        select $"{file}: {target}",
        "Correct these links.");

    private static bool Exists(string path) => File.Exists(path) || Directory.Exists(path);

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();
}
