using System.Xml.Linq;

namespace Sympozium.Repository.Tests.Rules;

public sealed class ProjectTests
{
    /// <summary>What each product may refer to. References point one way; a new arrow is a decision, so it is written here.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Sympozium.GrainRuntime"] = [],
        ["Sympozium.Abstractions"] = ["Sympozium.GrainRuntime"],
        ["Sympozium.Kubernetes"] = ["Sympozium.Abstractions"],
        ["Sympozium.Messaging"] = ["Sympozium.Abstractions"],
        ["Sympozium.Persistence"] = ["Sympozium.Abstractions", "Sympozium.GrainRuntime"],
        ["Sympozium.LocalCluster"] = ["Sympozium.Abstractions", "Sympozium.Kubernetes", "Sympozium.Persistence"],
        ["Sympozium.Grains"] = ["Sympozium.Abstractions", "Sympozium.Kubernetes"],
        ["Sympozium.Gateway"] = ["Sympozium.Abstractions", "Sympozium.Kubernetes", "Sympozium.Messaging"],
        ["Sympozium.Runner"] = ["Sympozium.Abstractions"],
        ["Sympozium.Silo"] =
        [
            "Sympozium.Abstractions", "Sympozium.Gateway", "Sympozium.GrainRuntime", "Sympozium.Grains", "Sympozium.Kubernetes", "Sympozium.LocalCluster",
            "Sympozium.Messaging", "Sympozium.Persistence",
        ],
        // The command starts the silo and the runner as processes; it does not call into them.
        ["Sympozium.Cli"] = ["Sympozium.Abstractions", "Sympozium.Kubernetes", "Sympozium.Silo", "Sympozium.Runner"],
    };

    private static readonly string[] ForbiddenPackages =
        ["Moq", "NSubstitute", "FakeItEasy", "JustMock", "Rhino", "AutoFixture", "StyleCop", "SonarAnalyzer", "MediatR", "AutoMapper", "Newtonsoft"];

    [Fact]
    public void References_OfProducts_PointOneWay() => SourceTree.AssertNone(
        SourceTree.Products.SelectMany(project => References(Project(project)).Where(reference => !Allowed.GetValueOrDefault(project, []).Contains(reference))
            .Select(reference => $"{project} -> {reference}")),
        "These references are not in the design. Move the code to where both may see it (mostly Sympozium.Abstractions), or write the new arrow into this test with its reason.");

    [Fact]
    public void Silo_SeenFromTheCommand_IsAProcess() => SourceTree.AssertNone(
        XDocument.Parse(SourceTree.Read("Sympozium.Cli/Sympozium.Cli.csproj")).Descendants("ProjectReference")
            .Where(reference => (string?)reference.Attribute("Include") is string path && (path.Contains("Silo", StringComparison.Ordinal) || path.Contains("Runner", StringComparison.Ordinal)))
            .Where(reference => (string?)reference.Attribute("ReferenceOutputAssembly") != "false").Select(reference => reference.ToString()),
        "The command only starts these programs: set ReferenceOutputAssembly=\"false\".");

    [Fact]
    public void Solution_Always_HoldsEveryProject()
    {
        string solution = SourceTree.Read("Sympozium.sln").Replace('\\', '/');
        SourceTree.AssertNone(
            SourceTree.Files.Where(file => file.EndsWith(".csproj", StringComparison.Ordinal) && !solution.Contains($"\"{file}\"", StringComparison.Ordinal)),
            "Add these projects: dotnet sln Sympozium.sln add <project>.");
    }

    [Fact]
    public void Packages_Always_HaveTheirVersionsInOnePlace() => SourceTree.AssertNone(
        SourceTree.Files.Where(file => file.EndsWith(".csproj", StringComparison.Ordinal)).SelectMany(file => XDocument.Parse(SourceTree.Read(file)).Descendants("PackageReference")
            .Where(reference => reference.Attribute("Version") is not null || reference.Attribute("VersionOverride") is not null).Select(reference => $"{file}: {reference}")),
        "Move the versions to Directory.Packages.props.");

    [Fact]
    public void Packages_Always_StandInOrder()
    {
        string[] names = [.. XDocument.Parse(SourceTree.Read("Directory.Packages.props")).Descendants("PackageVersion").Select(package => (string)package.Attribute("Include")!)];
        Assert.Equal(names.Order(StringComparer.OrdinalIgnoreCase), names);
    }

    [Fact]
    public void Packages_Always_AvoidMocksAndLayers() => SourceTree.AssertNone(
        XDocument.Parse(SourceTree.Read("Directory.Packages.props")).Descendants("PackageVersion").Select(package => (string)package.Attribute("Include")!)
            .Where(package => ForbiddenPackages.Any(forbidden => package.StartsWith(forbidden, StringComparison.OrdinalIgnoreCase))),
        "Do without: fakes are written by hand (FakeX, RecordingX), JSON is System.Text.Json, calls are calls.");

    /// <summary>Test projects that are about more than one product.</summary>
    private static readonly string[] Spanning = ["Sympozium.Conformance.Tests", "Sympozium.EndToEnd.Tests", "Sympozium.Repository.Tests"];

    [Fact]
    public void Tests_Always_MirrorAProduct() => SourceTree.AssertNone(
        SourceTree.Files.Where(file => file.StartsWith("tests/", StringComparison.Ordinal) && file.EndsWith(".Tests.csproj", StringComparison.Ordinal))
            .Select(Path.GetFileNameWithoutExtension).Where(test => !Spanning.Contains(test) && !SourceTree.Products.Contains(test![..^".Tests".Length]))!,
        "A test project is named after the product that it tests: Sympozium.X.Tests.");

    private static string Project(string product) => $"{product}/{product}.csproj";

    private static IEnumerable<string> References(string project) => XDocument.Parse(SourceTree.Read(project)).Descendants("ProjectReference")
        .Select(reference => Path.GetFileNameWithoutExtension(((string)reference.Attribute("Include")!).Replace('\\', '/')));
}
