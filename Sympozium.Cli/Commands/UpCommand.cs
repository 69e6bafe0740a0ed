using System.CommandLine;
using System.Diagnostics;
using Sympozium.Cli.Clusters;
using Sympozium.Cli.ControlPlanes;
using Sympozium.Cli.Terminals;

namespace Sympozium.Cli.Commands;

/// <summary><c>sympozium up</c>: starts the control plane on this machine.</summary>
internal sealed class UpCommand : Verb
{
    private readonly Option<string?> _data = ClusterOptions.CreateDataOption();
    private readonly Option<int> _gatewayPort = Port("--gateway-port", "Port of the gateway (OpenAI API, events, dashboard)", ControlPlaneLauncher.DefaultGatewayPort);
    private readonly Option<int> _kubePort = Port("--kube-port", "Port of the Kubernetes API", ControlPlaneLauncher.DefaultKubePort);
    private readonly Option<bool> _detach = new("--detach", "-d") { Description = "Return when all is ready; the control plane goes on in the background" };

    public UpCommand(CliContext context)
        : base(context, "up", "Starts the control plane on this machine. Port 0 takes a free one. With OTEL_EXPORTER_OTLP_ENDPOINT set, traces of runs go there.",
            "sympozium up", "sympozium up --detach", "sympozium up --data ./team-b --gateway-port 0 --kube-port 0")
    {
        Add(_data);
        Add(_gatewayPort);
        Add(_kubePort);
        Add(_detach);
    }

    protected override async Task<int> ExecuteAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        LaunchOptions options = new(DataDirectory.Resolve(parsed.GetValue(_data), Context), parsed.GetValue(_gatewayPort), parsed.GetValue(_kubePort));
        if (ControlPlane.FindRunning(options.Data) is { } running)
        {
            throw new CliException(ExitCodes.StartFailed,
                $"a control plane (pid {running.Pid}) already runs in {options.Data.Path}: gateway {running.Gateway}, Kubernetes API {running.Kubernetes}. "
                + $"End it with 'sympozium down{options.Data.AsOption(Context)}', or start a second one with another --data");
        }
        ControlPlaneLauncher launcher = new(Context);
        return parsed.GetValue(_detach)
            ? await RunDetachedAsync(launcher, options, cancellationToken)
            : await RunAttachedAsync(launcher, options, cancellationToken);
    }

    private async Task<int> RunDetachedAsync(ControlPlaneLauncher launcher, LaunchOptions options, CancellationToken cancellationToken)
    {
        using Process process = launcher.StartDetached(options);
        ControlPlaneStatus status;
        try
        {
            status = await launcher.WaitUntilReadyAsync(process, options, withLog: true, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            ProcessIdentity.Signal(process.Id, kill: false);
            throw;
        }
        ControlPlaneSummary.Write(Context.Terminal, status);
        Context.Terminal.Say($"  log          {options.Data.LogFile}");
        Context.Terminal.Say($"End it with: sympozium down{options.Data.AsOption(Context)}", Tone.Quiet);
        return ExitCodes.Ok;
    }

    private async Task<int> RunAttachedAsync(ControlPlaneLauncher launcher, LaunchOptions options, CancellationToken cancellationToken)
    {
        using Process process = launcher.StartAttached(options);
        // Ctrl-C in a terminal reaches the child by itself; a SIGTERM to this process does not.
        using CancellationTokenRegistration forward = cancellationToken.Register(() => ProcessIdentity.Signal(process.Id, kill: false));
        ControlPlaneStatus status = await launcher.WaitUntilReadyAsync(process, options, withLog: false, CancellationToken.None);
        ControlPlaneSummary.Write(Context.Terminal, status);
        Context.Terminal.Say("Ctrl-C ends it.", Tone.Quiet);
        await process.WaitForExitAsync(CancellationToken.None);
        if (cancellationToken.IsCancellationRequested || process.ExitCode == 0)
        {
            return ExitCodes.Ok;
        }
        throw new CliException(ExitCodes.StartFailed, $"the control plane ended with exit code {process.ExitCode}");
    }

    private static Option<int> Port(string name, string description, int value)
    {
        Option<int> option = new(name) { Description = description, DefaultValueFactory = _ => value, HelpName = "PORT" };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && (!int.TryParse(text, out int port) || port is < 0 or > 65535))
            {
                result.AddError($"{name} is '{text}'; expected a port from 0 (any free one) to 65535");
            }
        });
        return option;
    }
}
