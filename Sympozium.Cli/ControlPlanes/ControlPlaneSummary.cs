using Sympozium.Cli.Terminals;

namespace Sympozium.Cli.ControlPlanes;

/// <summary>Says where a running control plane is.</summary>
internal static class ControlPlaneSummary
{
    public static void Write(ITerminal terminal, ControlPlaneStatus status)
    {
        terminal.Say($"{terminal.Paint(Tone.Good, "✓")} Sympozium {status.Version} is ready (pid {status.Pid})");
        terminal.Say($"  gateway      {status.Gateway}");
        terminal.Say($"  kubernetes   {status.Kubernetes}");
        terminal.Say($"  kubeconfig   {status.Kubeconfig}");
        terminal.Say($"  token file   {status.TokenFile}");
    }
}
