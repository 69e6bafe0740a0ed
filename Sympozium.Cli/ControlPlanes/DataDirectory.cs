using Sympozium.Cli.Terminals;

namespace Sympozium.Cli.ControlPlanes;

/// <summary>Where a control plane keeps everything, and the names of the files that this program reads there.</summary>
internal sealed record DataDirectory(string Path)
{
    public string StatusFile => System.IO.Path.Combine(Path, "status.json");

    public string Kubeconfig => System.IO.Path.Combine(Path, "kubeconfig");

    public string LogFile => System.IO.Path.Combine(Path, "control-plane.log");

    public string ModelStubFile => System.IO.Path.Combine(Path, "model-stub.json");

    public string ModelStubLog => System.IO.Path.Combine(Path, "model-stub.log");

    /// <summary>The one given, else <c>$SYMPOZIUM_HOME</c>, else <c>~/.sympozium</c>.</summary>
    public static DataDirectory Resolve(string? given, CliContext context)
    {
        string? home = context.Environment("SYMPOZIUM_HOME");
        string path = !string.IsNullOrEmpty(given) ? given
            : !string.IsNullOrEmpty(home) ? home
            : System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".sympozium");
        return new DataDirectory(System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path)));
    }

    /// <summary>Makes the directory, for its owner only, when it is missing.</summary>
    /// <exception cref="CliException">It cannot be made.</exception>
    public void Create()
    {
        try
        {
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(Path);
            }
            else
            {
                Directory.CreateDirectory(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCodes.StartFailed, $"the data directory {Path} cannot be made ({e.Message.TrimEnd('.')}); choose another with --data or SYMPOZIUM_HOME");
        }
    }

    /// <summary>The option to name this directory on a command line; empty for the default one.</summary>
    public string AsOption(CliContext context) => this == Resolve(null, context) ? "" : $" --data {ShellQuote.Of(Path)}";
}
