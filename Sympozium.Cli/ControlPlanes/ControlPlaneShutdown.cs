using Sympozium.Cli.Terminals;

namespace Sympozium.Cli.ControlPlanes;

/// <summary>Ends everything that runs for a data directory; nothing running is a success.</summary>
internal static class ControlPlaneShutdown
{
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(30);

    public static async Task RunAsync(DataDirectory data, TimeSpan timeout, bool force, CliContext context, CancellationToken cancellationToken)
    {
        ITerminal terminal = context.Terminal;
        ControlPlaneStatus? running = ControlPlane.FindRunning(data);
        if (running is null)
        {
            terminal.Say($"No control plane runs in {data.Path}.");
        }
        else
        {
            if (!await ProcessStopper.StopAsync(running.Pid, timeout, force, context.Time, cancellationToken))
            {
                throw new CliException(ExitCodes.Timeout,
                    $"the control plane (pid {running.Pid}) still runs after {timeout.TotalSeconds} s; wait longer with --timeout, or kill it with --force");
            }
            terminal.Say($"{terminal.Paint(Tone.Good, "✓")} The control plane (pid {running.Pid}) has ended.");
        }
        if (DemoModel.FindRunning(data) is { } model)
        {
            if (!await ProcessStopper.StopAsync(model.Pid, timeout, force: true, context.Time, cancellationToken))
            {
                throw new CliException(ExitCodes.Timeout, $"the scripted model (pid {model.Pid}) does not end; kill it by hand");
            }
            File.Delete(data.ModelStubFile);
            terminal.Say($"{terminal.Paint(Tone.Good, "✓")} The demo's scripted model (pid {model.Pid}) has ended.");
        }
    }
}
