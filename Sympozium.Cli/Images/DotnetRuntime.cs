namespace Sympozium.Cli.Images;

/// <summary>The .NET runtime of this machine as a layer, so that images need no base with one and no registry.</summary>
internal static class DotnetRuntime
{
    /// <summary>Where programs look for it without being told.</summary>
    public const string Path = "usr/share/dotnet";

    private static readonly string[] Frameworks = ["Microsoft.NETCore.App", "Microsoft.AspNetCore.App"];

    /// <summary>The runtime that runs this program: host, resolver and the frameworks of its version.</summary>
    /// <exception cref="CliException">It is not laid out as an installation of .NET.</exception>
    public static IEnumerable<LayerEntry> Entries()
    {
        string framework = System.IO.Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        string version = System.IO.Path.GetFileName(framework);
        string root = System.IO.Path.GetFullPath(System.IO.Path.Combine(framework, "..", "..", ".."));
        string resolver = System.IO.Path.Combine(root, "host", "fxr", version);
        if (!File.Exists(System.IO.Path.Combine(root, "dotnet")) || !Directory.Exists(resolver))
        {
            throw new CliException(ExitCodes.StartFailed, $"'{root}' is no installation of .NET {version}; run this with the 'dotnet' of one");
        }

        IEnumerable<LayerEntry> host = new[] { new FileInfo(System.IO.Path.Combine(root, "dotnet")) }
            .Select(file => new LayerEntry($"{Path}/dotnet", file.FullName, null, file.UnixFileMode));
        return LayerEntry.Parents($"{Path}/host/fxr/{version}")
            .Concat(host)
            .Concat(LayerEntry.Tree(resolver, $"{Path}/host/fxr/{version}", keepModes: false))
            .Concat(Frameworks.SelectMany(name => FrameworkEntries(root, name, version)));
    }

    private static IEnumerable<LayerEntry> FrameworkEntries(string root, string name, string version) =>
        LayerEntry.Parents($"{Path}/shared/{name}/{version}").Concat(LayerEntry.Tree(System.IO.Path.Combine(root, "shared", name, version), $"{Path}/shared/{name}/{version}", keepModes: false));
}
