namespace Sympozium.Cli.ControlPlanes;

/// <summary>Finds the control plane's executable: <c>SYMPOZIUM_SILO</c>, else beside this program, else where the build puts it.</summary>
internal static class SiloExecutable
{
    public const string Name = "sympozium-silo";
    public const string Variable = "SYMPOZIUM_SILO";

    public static string Find(CliContext context)
    {
        if (context.Environment(Variable) is { Length: > 0 } given)
        {
            return File.Exists(given) ? given
                : throw new CliException(ExitCodes.StartFailed, $"{Variable} names '{given}', which does not exist");
        }
        string own = AppContext.BaseDirectory;
        string configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(own));
        string[] candidates =
        [
            Path.Combine(own, Name),
            // artifacts/bin/Sympozium.Cli/<configuration>/ → artifacts/bin/Sympozium.Silo/<configuration>/
            Path.GetFullPath(Path.Combine(own, "..", "..", "Sympozium.Silo", configuration, Name)),
        ];
        // The executable alone is only a starter: its assembly has to lie beside it.
        return candidates.FirstOrDefault(c => File.Exists(c) && File.Exists(c + ".dll"))
            ?? throw new CliException(ExitCodes.StartFailed,
                $"the control plane's program '{Name}' is missing; looked at {string.Join(" and ", candidates.Select(c => $"'{c}'"))}. "
                + $"Build it with 'dotnet build Sympozium.Silo', or set {Variable}");
    }
}
