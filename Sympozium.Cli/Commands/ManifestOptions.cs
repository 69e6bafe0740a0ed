using System.CommandLine;

namespace Sympozium.Cli.Commands;

/// <summary>Options of the verbs that read manifests.</summary>
internal static class ManifestOptions
{
    public static Option<string[]> CreateFiles() => new("--filename", "-f")
    {
        Description = "File, directory, URL, or - for standard input; may be given several times",
        HelpName = "FILE|DIR|URL|-",
        AllowMultipleArgumentsPerToken = true,
    };

    public static Option<bool> CreateRecursive() => new("--recursive", "-R") { Description = "Also read subdirectories" };

    public static Option<string> CreateDryRun()
    {
        Option<string> option = new("--dry-run") { Description = "server: the server checks everything and stores nothing", HelpName = "none|server" };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && text is not ("none" or "server"))
            {
                result.AddError($"--dry-run is '{text}'; expected none or server");
            }
        });
        return option;
    }

    public static bool IsDryRun(string? value) => value == "server";
}
