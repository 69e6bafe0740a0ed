using Sympozium.LocalCluster.Hosting;
using Sympozium.Testing;

namespace Sympozium.Cli.Tests;

/// <summary>A real API server in this process with the product's kinds, shared by the tests of a class.</summary>
public sealed class Cluster : IAsyncLifetime
{
    private LocalClusterHost? _host;

    public string Folder { get; } = Directory.CreateTempSubdirectory("sympozium-cli-").FullName;

    public LocalClusterHost Host => _host!;

    public async Task InitializeAsync()
    {
        LocalClusterOptions options = new() { DataDirectory = Path.Combine(Folder, "data"), Port = 0 };
        foreach (string file in Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Path, "k8s", "crds"), "*.yaml"))
        {
            options.CustomResourceDefinitions.Add(await File.ReadAllTextAsync(file));
        }
        _host = await LocalClusterHost.StartAsync(options);
    }

    public async Task DisposeAsync()
    {
        await _host!.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>Runs a verb against this cluster in this process.</summary>
    internal Task<CommandResult> RunAsync(params string[] args) => RunAsync(new PlayedTerminal(), CancellationToken.None, args);

    internal async Task<CommandResult> RunAsync(PlayedTerminal terminal, CancellationToken cancellationToken, params string[] args)
    {
        CliContext context = new(terminal, TimeProvider.System, _ => null);
        int exitCode = await CommandLine.RunAsync([.. args, "--kubeconfig", Host.KubeconfigPath], context, cancellationToken);
        return new CommandResult(exitCode, terminal.OutText, terminal.ErrorText);
    }

    internal string Write(string name, string content)
    {
        string file = Path.Combine(Folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, content);
        return file;
    }
}

/// <summary>What a verb did.</summary>
internal sealed record CommandResult(int ExitCode, string Out, string Error);
