using System.Text.RegularExpressions;
using Sympozium.Testing;

namespace Sympozium.Repository.Tests.Rules;

/// <summary>The files that people write: everything below the root but what is built, installed or kept by tools.</summary>
internal static class SourceTree
{
    private static readonly HashSet<string> Skipped = ["artifacts", "node_modules", "bin", "obj", ".git", ".vs", ".idea", "TestResults"];

    private static readonly string[] TextEndings =
        [".cs", ".csproj", ".props", ".targets", ".sln", ".json", ".md", ".yaml", ".yml", ".sh", ".js", ".ts", ".css", ".razor", ".html", ".txt", ".config", ".editorconfig"];

    /// <summary>Paths of all files, relative to the root, with slashes.</summary>
    public static IReadOnlyList<string> Files { get; } = [.. Walk(new DirectoryInfo(RepositoryRoot.Path)).Order(StringComparer.Ordinal)];

    /// <summary>Folders at the root that hold a product's project.</summary>
    public static IReadOnlyList<string> Products { get; } =
        [.. Files.Where(file => file.Count(c => c == '/') == 1 && file.EndsWith(".csproj", StringComparison.Ordinal)).Select(file => file.Split('/')[0])];

    /// <summary>All C# files.</summary>
    public static IEnumerable<string> CSharp => Files.Where(file => file.EndsWith(".cs", StringComparison.Ordinal));

    /// <summary>Files whose content is text, among them scripts without an ending.</summary>
    public static IEnumerable<string> Texts => Files.Where(file => TextEndings.Contains(Path.GetExtension(file)) || !Path.GetFileName(file).Contains('.'));

    /// <summary>The files of these rules quote what they forbid.</summary>
    public static bool IsRule(string file) => file.StartsWith("tests/Sympozium.Repository.Tests/Rules/", StringComparison.Ordinal);

    /// <summary>Content of a file.</summary>
    public static string Read(string file) => File.ReadAllText(Path.Combine(RepositoryRoot.Path, file));

    /// <summary>Where <paramref name="pattern"/> stands in <paramref name="files"/>, as <c>file:line: text</c>.</summary>
    public static IEnumerable<string> Find(IEnumerable<string> files, Regex pattern)
    {
        foreach (string file in files)
        {
            string text = Read(file);
            foreach (Match match in pattern.Matches(text))
            {
                yield return $"{file}:{text.AsSpan(0, match.Index).Count('\n') + 1}: {match.Value.Split('\n')[0].Trim()}";
            }
        }
    }

    /// <summary>Fails with every finding and how to repair it.</summary>
    public static void AssertNone(IEnumerable<string> findings, string repair)
    {
        string[] found = [.. findings];
        Assert.True(found.Length == 0, $"{repair}\n  {string.Join("\n  ", found.Take(30))}");
    }

    private static IEnumerable<string> Walk(DirectoryInfo directory)
    {
        foreach (FileSystemInfo entry in directory.EnumerateFileSystemInfos())
        {
            if (entry is DirectoryInfo child)
            {
                if (!Skipped.Contains(child.Name) && child.LinkTarget is null)
                {
                    foreach (string file in Walk(child))
                    {
                        yield return file;
                    }
                }
            }
            else if (entry.Name != ".git")
            {
                yield return Path.GetRelativePath(RepositoryRoot.Path, entry.FullName).Replace('\\', '/');
            }
        }
    }
}
