using System.Text.Json.Nodes;
using Sympozium.Cli.ModelStub;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Testing;

/// <summary>A control plane on this machine, a scripted model and what a run needs: a Secret and an instance that use the model.</summary>
public sealed class Installation : AgentWorld
{
    public const string Namespace = "default";

    private readonly TemporaryDirectory _directory = new();
    private ModelStubServer? _model;

    private Installation()
    {
    }

    public ControlPlaneProcess ControlPlane { get; private set; } = null!;

    public override ModelStubServer Model => _model!;

    public override IKubernetesClient Client => ControlPlane.Client;

    public override string Team => Namespace;

    public override (Uri Address, string Token) GatewayAccess => (ControlPlane.Gateway.BaseAddress!, ControlPlane.Token);

    public override string Log => ControlPlane.Log;

    public override IReadOnlyList<string> CommandOptions => ["--data", DataDirectory];

    public override Kubectl Kubectl => new(ControlPlane.KubeconfigPath);

    public string DataDirectory => _directory["data"];

    /// <summary>Starts everything; <paramref name="script"/> is the model's. <paramref name="policy"/> is the spec of a policy for the instance.</summary>
    public static async Task<Installation> StartAsync(string script, JsonObject? policy = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        var installation = new Installation();
        try
        {
            installation._model = await ModelStubServer.StartAsync(script);
            installation.ControlPlane = await ControlPlaneProcess.StartAsync(installation.DataDirectory, environment);
            await installation.CreateInstanceAsync(Instance, installation.Model.OpenAiBaseUrl, policy);
            return installation;
        }
        catch
        {
            await installation.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the control plane again on the same data.</summary>
    public async Task RestartAsync()
    {
        await ControlPlane.DisposeAsync();
        ControlPlane = await ControlPlaneProcess.StartAsync(DataDirectory);
    }

    public override async ValueTask DisposeAsync()
    {
        if (ControlPlane is not null)
        {
            await ControlPlane.DisposeAsync();
        }

        if (_model is not null)
        {
            await _model.DisposeAsync();
        }

        _directory.Dispose();
    }
}
