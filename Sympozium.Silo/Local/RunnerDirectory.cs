namespace Sympozium.Silo.Local;

/// <summary>Finds the directory with the runner's executable, which local pods mount.</summary>
internal static class RunnerDirectory
{
    private const string Variable = "SYMPOZIUM_RUNNER_DIR";
    private const string Executable = "sympozium-runner";

    /// <summary>The variable's value, else beside this program, else where the build puts it.</summary>
    /// <exception cref="FileNotFoundException">It is nowhere.</exception>
    public static string Find()
    {
        string own = AppContext.BaseDirectory;
        string[] candidates = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given
            ? [given]
            : [Path.Combine(own, "runner"), Path.GetFullPath(Path.Combine(own, "..", "..", "..", "runner"))];
        return Array.Find(candidates, candidate => File.Exists(Path.Combine(candidate, Executable)))
            ?? throw new FileNotFoundException(
                $"The runner '{Executable}' is missing; looked in {string.Join(" and ", candidates)}. Build it with 'dotnet build Sympozium.sln', or set {Variable}.");
    }
}
