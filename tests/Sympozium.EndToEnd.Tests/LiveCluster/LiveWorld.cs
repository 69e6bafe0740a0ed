using Sympozium.Cli.ModelStub;
using Sympozium.EndToEnd.Tests.Clusters;
using Sympozium.Kubernetes.Api;
using Sympozium.Testing;
using Sympozium.Testing.Live;

namespace Sympozium.EndToEnd.Tests.LiveCluster;

/// <summary>A namespace on a cluster that is there already, with a scripted model of its own; the control plane is the installation's.</summary>
internal sealed class LiveWorld(LiveInstallation installation, ClusterTeam team, ModelStubServer model) : AgentWorld
{
    public override IKubernetesClient Client => team.Client;

    public override ModelStubServer Model => model;

    public override string Team => team.Namespace;

    public override (Uri Address, string Token) GatewayAccess => (installation.Gateway.BaseAddress!, installation.Token);

    public override string Log => installation.Log;

    public override IReadOnlyList<string> CommandOptions => ["--kubeconfig", LiveEnvironment.Kubeconfig!, "-n", Team];

    public override TimeSpan Patience => LiveEnvironment.Patience;

    public override Kubectl Kubectl => LiveEnvironment.Kubectl();

    public override async ValueTask DisposeAsync()
    {
        await team.DisposeAsync();
        await model.DisposeAsync();
    }
}
