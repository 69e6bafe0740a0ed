namespace Sympozium.Repository.Tests.Rules;

public sealed class FileTests
{
    private const int ProductWall = 600;
    private const int TestWall = 800;
    private const int ReadmeWall = 60;
    private const int EditorConfigWall = 120;
    private const int DecisionWall = 60;

    [Fact]
    public void SourceFiles_Always_StayBelowTheWall() => SourceTree.AssertNone(
        SourceTree.CSharp.Select(file => (file, Lines(file), IsTest(file) ? TestWall : ProductWall)).Where(f => f.Item2 > f.Item3)
            .Select(f => $"{f.file}: {f.Item2} lines, wall {f.Item3}"),
        "Split these files by responsibility (then by 'Name.Log.cs'); a file holds one thought.");

    [Fact]
    public void Projects_Always_HaveAShortReadme() => SourceTree.AssertNone(
        SourceTree.Products.Select(project => $"{project}/README.md")
            .Where(readme => !SourceTree.Files.Contains(readme) || Lines(readme) is 0 or > ReadmeWall),
        $"Each project folder has a README.md of at most {ReadmeWall} lines: what it owns, the file to read first, what it must not do, how to run its tests.");

    [Fact]
    public void EditorConfig_Always_StaysReadable() => SourceTree.AssertNone(
        new[] { ".editorconfig" }.Where(file => Lines(file) > EditorConfigWall),
        $"Keep .editorconfig at {EditorConfigWall} lines: a rule that needs many exceptions is the wrong rule.");

    [Fact]
    public void Decisions_Always_FitAPage() => SourceTree.AssertNone(
        SourceTree.Files.Where(file => file.StartsWith("docs/decisions/", StringComparison.Ordinal) && Lines(file) > DecisionWall),
        $"A decision fits a page ({DecisionWall} lines): context, decision, consequences, evidence.");

    [Fact]
    public void Decisions_Always_HaveANumberOfTheirOwn() => SourceTree.AssertNone(
        SourceTree.Files.Where(file => file.StartsWith("docs/decisions/", StringComparison.Ordinal)).GroupBy(file => Path.GetFileName(file)[..4])
            .Where(group => group.Count() > 1 || !group.Key.All(char.IsAsciiDigit)).Select(group => string.Join(", ", group)),
        "Name decisions NNNN-title.md, each number once; take the next free one.");

    [Fact]
    public void TextFiles_Always_EndLinesWithLineFeeds() => SourceTree.AssertNone(
        SourceTree.Texts.Where(file => !file.EndsWith(".sln", StringComparison.Ordinal) && SourceTree.Read(file).Contains('\r') && !file.Contains("/testassets/", StringComparison.Ordinal)),
        "Save these files with line feeds only (.editorconfig says end_of_line = lf).");

    [Fact]
    public void Folders_Always_NameConceptsOfTheProduct() => SourceTree.AssertNone(
        SourceTree.CSharp.SelectMany(file => file.Split('/')[..^1])
            .Where(folder => folder is "Helpers" or "Utils" or "Utilities" or "Services" or "Models" or "Interfaces" or "Common" or "Shared").Distinct(),
        "Name folders after concepts of the product (Runs, Policies, ...), not after kinds of code.");

    private static bool IsTest(string file) => file.StartsWith("tests/", StringComparison.Ordinal);

    private static int Lines(string file) => SourceTree.Read(file).TrimEnd('\n').Split('\n').Length;
}
