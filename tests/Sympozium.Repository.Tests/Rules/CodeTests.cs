using System.Text.RegularExpressions;

namespace Sympozium.Repository.Tests.Rules;

/// <summary>What the analyzers of the build cannot say.</summary>
public sealed partial class CodeTests
{
    public static TheoryData<string, string> Forbidden => new()
    {
        { @"//.*\bTODO\b(?!.*https?://)|//.*\bFIXME\b|//.*\bHACK\b", "Do it, or write an issue and link it from the comment." },
        { @"\bNotImplementedException\b", "Finish it, or leave it out and say so in the documentation." },
        { @"^\s*#region\b", "Split the file instead of folding it." },
        { @"\.ConfigureAwait\(", "Leave it out: neither ASP.NET Core nor grains want it." },
        { @"\basync\s+void\b", "Return a Task and let somebody own it." },
        { @"^(?!.*IsCompletedSuccessfully).*(\.GetAwaiter\(\)\.GetResult\(\)|\bTask\.WaitAll\(|\)\.Wait\(\))", "Await it, or ask IsCompletedSuccessfully on the same line." },
        { @"catch\s*(\([^)]*\))?\s*(when\s*\([^{]*\))?\s*\{\s*\}", "An empty catch hides faults: catch narrowly and say in the block why nothing is to be done." },
        { @"catch\s*\{\s*(//[^\n]*\n\s*)*\}", "A bare catch hides faults: name the exception." },
        { @"catch\s*\(Exception(\s+\w+)?\)\s*\{\s*(//[^\n]*\n\s*)*\}", "A catch of everything that does nothing hides faults: log it, or catch narrowly." },
        { @"^\s*//\s*(Copyright|Licensed under|\(c\))", "No licence headers; the licence is in one file." },
        { @"\bThread\.Sleep\(", "Wait for a condition or an event, with a timeout." },
    };

    [Theory]
    [MemberData(nameof(Forbidden))]
    public void Code_Always_Avoids(string pattern, string repair) =>
        SourceTree.AssertNone(SourceTree.Find(SourceTree.CSharp.Where(file => !SourceTree.IsRule(file)), new Regex(pattern, RegexOptions.Multiline)), repair);

    [Fact]
    public void Suppressions_Always_AreFewAndReasoned()
    {
        string[] found = [.. SourceTree.Find(SourceTree.CSharp.Where(file => !SourceTree.IsRule(file)), Suppression())];
        SourceTree.AssertNone(found.Where(line => !line.Contains("//", StringComparison.Ordinal)), "Give the reason on the same line: #pragma warning disable CA0000 // why.");
        Assert.True(found.Length <= 10, $"{found.Length} suppressions: over ten means that a rule is wrong; change the rule in .editorconfig.\n  {string.Join("\n  ", found)}");
    }

    [Fact]
    public void Tests_Always_AreNamedBySubjectConditionExpectation() => SourceTree.AssertNone(
        SourceTree.Find(SourceTree.CSharp.Where(file => file.StartsWith("tests/", StringComparison.Ordinal) && !SourceTree.IsRule(file)), PlainTestName()),
        "Name tests Subject_Condition_Expectation.");

    [GeneratedRegex(@"^\s*#pragma warning disable[^\n]*", RegexOptions.Multiline)]
    private static partial Regex Suppression();

    [GeneratedRegex(@"\[(?:Fact|Theory|SkippableFact)[^\]]*\]\s*(?:\[[^\n]*\]\s*)*public (?:async Task|void|Task) [A-Za-z0-9]+\(")]
    private static partial Regex PlainTestName();
}
