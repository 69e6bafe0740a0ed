using System.CommandLine;
using System.Diagnostics;
using Sympozium.Cli.Clusters;
using Sympozium.Cli.ControlPlanes;
using Sympozium.Cli.Demo;
using Sympozium.Cli.Output;
using Sympozium.Cli.Runs;
using Sympozium.Cli.Terminals;
using Sympozium.Kubernetes.Client;

namespace Sympozium.Cli.Commands;

/// <summary><c>sympozium demo</c>: from nothing to a finished agent run, and what to try next.</summary>
internal sealed class DemoCommand : Verb
{
    private const string DefaultTask = "Look around in your workspace, leave a short note there, and tell me what system you run on.";
    private readonly Option<string?> _data = ClusterOptions.CreateDataOption();
    private readonly Option<bool> _exit = new("--exit") { Description = "Stop everything at the end" };
    private readonly Option<string?> _provider = new("--provider") { Description = $"Use a real provider: {string.Join(", ", DemoProvider.Names)}, or any other with --base-url", HelpName = "NAME" };
    private readonly Option<string?> _model = new("--model") { Description = "Model of the provider", HelpName = "NAME" };
    private readonly Option<string?> _baseUrl = new("--base-url") { Description = "Base URL of an OpenAI-compatible endpoint", HelpName = "URL" };
    private readonly Option<string?> _keyVariable = new("--key-env") { Description = "Environment variable with the provider's key", HelpName = "NAME" };
    private readonly Option<string> _task = new("--task") { Description = "What the agent shall do", DefaultValueFactory = _ => DefaultTask, HelpName = "TEXT" };

    public DemoCommand(CliContext context)
        : base(context, "demo", "Starts the control plane, runs an agent with a scripted model (or your provider) and shows it live.",
            "sympozium demo", "sympozium demo --exit", "OPENAI_API_KEY=sk-... sympozium demo --provider openai --model gpt-4o-mini",
            "sympozium demo --provider ollama --model llama3.2")
    {
        foreach (Option option in (Option[])[_data, _exit, _provider, _model, _baseUrl, _keyVariable, _task])
        {
            Add(option);
        }
    }

    private ITerminal Terminal => Context.Terminal;

    protected override async Task<int> ExecuteAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        DataDirectory data = DataDirectory.Resolve(parsed.GetValue(_data), Context);
        // Before anything is started: a missing key is the likeliest mistake.
        DemoProvider? real = parsed.GetValue(_provider) is { } name
            ? DemoProvider.Resolve(name, parsed.GetValue(_model), parsed.GetValue(_baseUrl), parsed.GetValue(_keyVariable), Context)
            : null;
        try
        {
            return await RunAsync(data, real, parsed.GetValue(_task)!, leaveRunning: !parsed.GetValue(_exit), cancellationToken);
        }
        finally
        {
            if (parsed.GetValue(_exit))
            {
                await ControlPlaneShutdown.RunAsync(data, ControlPlaneShutdown.DefaultTimeout, force: true, Context, CancellationToken.None);
            }
        }
    }

    private async Task<int> RunAsync(DataDirectory data, DemoProvider? real, string task, bool leaveRunning, CancellationToken cancellationToken)
    {
        ControlPlaneStatus status = await EnsureControlPlaneAsync(data, cancellationToken);
        await SayIsolationAsync(status, cancellationToken);
        DemoProvider provider = real ?? await StartScriptedModelAsync(data, cancellationToken);
        KubernetesClientOptions options = new() { FieldManager = "sympozium-demo" };
        ClusterConnection connection = Kubeconfig.Load(status.Kubeconfig).Connect(null, Context.Time);
#pragma warning disable CA2000 // the session owns the client
        using ClusterSession cluster = new(new KubernetesClient(connection, options, Context.Time), status, ClusterConnection.DefaultNamespace);
#pragma warning restore CA2000
        long started = Context.Time.GetTimestamp();
        await new DemoResources(cluster, Context).ApplyAsync(provider, cancellationToken);
        Step($"Agent '{DemoResources.Instance}' applied (k8s/samples/demo.yaml), model {provider.Model} of {(real is null ? "the scripted model" : provider.Name)}", started);
        string name = await new RunRequest(task, DemoResources.Instance).CreateAsync(cluster, cancellationToken);
        Terminal.Say($"\n{Terminal.Paint(Tone.Strong, "Task")}  {task}\n");
        int exitCode = await new RunSession(cluster, Context).FollowAsync(name, OutputFormats.Text, cancellationToken);
        if (leaveRunning && exitCode != ExitCodes.Interrupted)
        {
            NextSteps.Write(Context, data, status, name);
        }
        return exitCode;
    }

    private async Task<ControlPlaneStatus> EnsureControlPlaneAsync(DataDirectory data, CancellationToken cancellationToken)
    {
        long started = Context.Time.GetTimestamp();
        if (ControlPlane.FindRunning(data) is { } running)
        {
            Step($"Control plane already runs in {data.Path}", started);
            return running;
        }
        int gatewayPort = FreePorts.OrAny(ControlPlaneLauncher.DefaultGatewayPort);
        int kubePort = FreePorts.OrAny(ControlPlaneLauncher.DefaultKubePort);
        if (gatewayPort == 0 || kubePort == 0)
        {
            Terminal.Say("The usual ports are taken; taking free ones.", Tone.Warning);
        }
        LaunchOptions options = new(data, gatewayPort, kubePort);
        ControlPlaneLauncher launcher = new(Context);
        using Process process = launcher.StartDetached(options);
        ControlPlaneStatus status = await launcher.WaitUntilReadyAsync(process, options, withLog: true, cancellationToken);
        Step($"Control plane ready: gateway {status.Gateway}, Kubernetes API {status.Kubernetes}", started);
        return status;
    }

    private async Task SayIsolationAsync(ControlPlaneStatus status, CancellationToken cancellationToken)
    {
        long started = Context.Time.GetTimestamp();
        if (await Isolation.WarningAsync(status, cancellationToken) is { } warning)
        {
            Terminal.Warn(warning);
        }
        else
        {
            Step("Agents run in bubblewrap sandboxes", started);
        }
    }

    private async Task<DemoProvider> StartScriptedModelAsync(DataDirectory data, CancellationToken cancellationToken)
    {
        long started = Context.Time.GetTimestamp();
        DemoModel model = await new DemoModelLauncher(Context).EnsureAsync(data, DemoResources.SampleFile("demo-model.yaml"), cancellationToken);
        Step($"Scripted model ready: {model.Url} (no key, no network)", started);
        return DemoProvider.Scripted(model.Url);
    }

    private void Step(string text, long started) =>
        Terminal.Say($"{Terminal.Paint(Tone.Good, "✓")} {text} {Terminal.Paint(Tone.Quiet, $"({AgeText.Took(Context.Time.GetElapsedTime(started))})")}");
}
