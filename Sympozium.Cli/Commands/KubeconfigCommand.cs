using System.CommandLine;
using Sympozium.Cli.Clusters;
using Sympozium.Cli.ControlPlanes;
using Sympozium.Cli.Terminals;

namespace Sympozium.Cli.Commands;

/// <summary><c>sympozium kubeconfig</c>: prints the kubeconfig of the local control plane, or its path.</summary>
internal sealed class KubeconfigCommand : Verb
{
    private readonly Option<string?> _data = ClusterOptions.CreateDataOption();
    private readonly Option<bool> _path = new("--path") { Description = "Print the path of the file instead of its content" };

    public KubeconfigCommand(CliContext context)
        : base(context, "kubeconfig", "Prints the kubeconfig of the control plane on this machine.",
            "export KUBECONFIG=$(sympozium kubeconfig --path)", "sympozium kubeconfig > team.kubeconfig")
    {
        Add(_data);
        Add(_path);
    }

    protected override async Task<int> ExecuteAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        DataDirectory data = DataDirectory.Resolve(parsed.GetValue(_data), Context);
        string file = ControlPlane.FindRunning(data)?.Kubeconfig is { Length: > 0 } named ? named : data.Kubeconfig;
        if (!File.Exists(file))
        {
            throw new CliException(ExitCodes.Unreachable, $"there is no kubeconfig in {data.Path} yet; start the control plane with 'sympozium up{data.AsOption(Context)}'");
        }
        if (parsed.GetValue(_path))
        {
            Context.Terminal.Print(file);
        }
        else
        {
            Context.Terminal.PrintRaw(await File.ReadAllTextAsync(file, cancellationToken));
        }
        return ExitCodes.Ok;
    }
}
