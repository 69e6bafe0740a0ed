using System.CommandLine;
using Sympozium.Cli.Clusters;
using Sympozium.Cli.ControlPlanes;

namespace Sympozium.Cli.Commands;

/// <summary><c>sympozium down</c>: ends the control plane of a data directory, and the demo's scripted model.</summary>
internal sealed class DownCommand : Verb
{
    private readonly Option<string?> _data = ClusterOptions.CreateDataOption();
    private readonly Option<bool> _force = new("--force") { Description = "Kill what does not end in time" };
    private readonly Option<int> _timeout = new("--timeout") { Description = "Seconds to wait for the end", DefaultValueFactory = _ => 30, HelpName = "SECONDS" };

    public DownCommand(CliContext context)
        : base(context, "down", "Ends the control plane on this machine. Data stays; running agents are stopped or taken up again by the next 'up'.",
            "sympozium down", "sympozium down --data ./team-b", "sympozium down --force")
    {
        Add(_data);
        Add(_timeout);
        Add(_force);
    }

    protected override async Task<int> ExecuteAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        DataDirectory data = DataDirectory.Resolve(parsed.GetValue(_data), Context);
        await ControlPlaneShutdown.RunAsync(data, TimeSpan.FromSeconds(parsed.GetValue(_timeout)), parsed.GetValue(_force), Context, cancellationToken);
        return ExitCodes.Ok;
    }
}
