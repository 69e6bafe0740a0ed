namespace Sympozium.Cli.Images;

/// <summary>Builds the images of an installation: silo and gateway (one program), and runner.</summary>
internal sealed class ImageBuilder(BaseImage image, string registry, string tag, string workDirectory)
{
    private const string App = "app";
    private const string SearchPath = "PATH=/app:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private Layer? _runtime;

    /// <summary>Writes one image; returns its name and digest.</summary>
    /// <param name="name">Last part of its name.</param>
    /// <param name="program">Directory with the published program.</param>
    /// <param name="entrypoint">What it runs.</param>
    /// <param name="output">Directory of the archive.</param>
    public (string Name, string Digest, string Archive) Build(string name, string program, IReadOnlyList<string> entrypoint, string output)
    {
        string executable = Path.Combine(program, Path.GetFileName(entrypoint[0]));
        if (!File.Exists(executable))
        {
            throw new CliException(ExitCodes.NotFound, $"'{executable}' is missing; publish the program into '{program}' first, as ./build-images does");
        }

        _runtime ??= Layer.Write(DotnetRuntime.Entries(), ".NET runtime", workDirectory);
        Layer app = Layer.Write(LayerEntry.Parents(App).Concat(LayerEntry.Tree(program, App, keepModes: false).Where(IsWanted)), name, workDirectory);
        var built = new OciImage
        {
            Name = $"{registry}/{name}:{tag}",
            Layers = [.. image.Layers, _runtime, app],
            Entrypoint = entrypoint,
            Environment = [.. image.Environment.Where(variable => !variable.StartsWith("PATH=", StringComparison.Ordinal)), SearchPath, $"DOTNET_ROOT=/{DotnetRuntime.Path}", "DOTNET_EnableDiagnostics=0", "HOME=/tmp"],
        };
        string archive = Path.Combine(output, $"{name}.oci.tar");
        return (built.Name, built.Write(archive, workDirectory), archive);
    }

    /// <summary>Symbols and documentation are for the machine that builds.</summary>
    private static bool IsWanted(LayerEntry entry) => Path.GetExtension(entry.Path) is not (".pdb" or ".xml");
}
