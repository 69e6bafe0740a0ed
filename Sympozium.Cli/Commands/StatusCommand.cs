using System.CommandLine;
using System.Text.Json.Nodes;
using Sympozium.Cli.Clusters;
using Sympozium.Cli.ControlPlanes;
using Sympozium.Cli.Output;
using Sympozium.Cli.Runs;
using Sympozium.Cli.Terminals;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Client;

namespace Sympozium.Cli.Commands;

/// <summary><c>sympozium status</c>: does the control plane answer, where is it, what do its runs do.</summary>
internal sealed class StatusCommand : Verb
{
    /// <summary>A control plane on a busy machine takes seconds for its first answer, and is not gone.</summary>
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(10);
    private readonly Option<string?> _data = ClusterOptions.CreateDataOption();
    private readonly Option<string> _output = OutputFormats.CreateOption("json", "yaml");

    public StatusCommand(CliContext context)
        : base(context, "status", "Tells whether the control plane answers, where it is and what its runs do. Exit code 3 when it does not answer.",
            "sympozium status", "sympozium status -o json")
    {
        Add(_data);
        Add(_output);
    }

    protected override async Task<int> ExecuteAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        DataDirectory data = DataDirectory.Resolve(parsed.GetValue(_data), Context);
        string format = parsed.GetValue(_output) ?? "";
        if (ControlPlane.FindRunning(data) is not { } running)
        {
            JsonObject nothing = new() { ["running"] = false, ["data"] = data.Path };
            OutputFormats.WriteObject(Context.Terminal.Out, nothing, format);
            Context.Terminal.Say($"No control plane runs in {data.Path}. Start it with 'sympozium up{data.AsOption(Context)}'.");
            return ExitCodes.Unreachable;
        }
        JsonObject report = await ReportAsync(data, running, cancellationToken);
        if (!OutputFormats.WriteObject(Context.Terminal.Out, report, format))
        {
            WriteText(report);
        }
        return report["kubernetesAnswers"]!.GetValue<bool>() && report["gatewayAnswers"]!.GetValue<bool>() ? ExitCodes.Ok : ExitCodes.Unreachable;
    }

    private async Task<JsonObject> ReportAsync(DataDirectory data, ControlPlaneStatus running, CancellationToken cancellationToken)
    {
        string? kubernetesError = null;
        JsonObject runs = [];
        try
        {
            KubernetesClientOptions options = new() { RequestTimeout = ProbeTimeout, ConnectTimeout = ProbeTimeout };
            using KubernetesClient client = new(Kubeconfig.Load(running.Kubeconfig).Connect(null, Context.Time), options, Context.Time);
            ResourceList list = await client.ListAsync(AgentRuns.Type, null, ListOptions.All, cancellationToken);
            foreach (IGrouping<string, JsonObject> phase in list.Items.GroupBy(AgentRuns.PhaseOf).OrderBy(g => g.Key, StringComparer.Ordinal))
            {
                runs[phase.Key] = phase.Count();
            }
        }
        catch (Exception e) when (e is KubernetesException or KubeconfigException)
        {
            kubernetesError = e.Message;
        }
        string? gatewayError = await ProbeGatewayAsync(running.Gateway, cancellationToken);
        string? isolationWarning = await Isolation.WarningAsync(running, cancellationToken);
        JsonObject report = new()
        {
            ["running"] = true,
            ["pid"] = running.Pid,
            ["version"] = running.Version,
            ["cliVersion"] = VersionCommand.Version,
            ["data"] = data.Path,
            ["gateway"] = running.Gateway.ToString(),
            ["gatewayAnswers"] = gatewayError is null,
            ["kubernetes"] = running.Kubernetes.ToString(),
            ["kubernetesAnswers"] = kubernetesError is null,
            ["kubeconfig"] = running.Kubeconfig,
            ["tokenFile"] = running.TokenFile,
            ["isolated"] = isolationWarning is null,
            ["runs"] = runs,
        };
        if (isolationWarning is not null)
        {
            report["isolationWarning"] = isolationWarning;
        }
        string[] problems = [.. ((string?[])[gatewayError, kubernetesError]).OfType<string>()];
        if (problems.Length > 0)
        {
            report["problems"] = new JsonArray([.. problems.Select(p => (JsonNode)p)]);
        }
        return report;
    }

    // Any answer will do: it shows that the gateway's listener is alive. Health in detail is the gateway's own business.
    private static async Task<string?> ProbeGatewayAsync(Uri gateway, CancellationToken cancellationToken)
    {
        using HttpClient http = new() { Timeout = ProbeTimeout };
        try
        {
            using HttpResponseMessage response = await http.GetAsync(new Uri(gateway, "/healthz"), cancellationToken);
            return (int)response.StatusCode < 500 ? null : $"the gateway at {gateway} answers {(int)response.StatusCode}";
        }
        catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return $"the gateway at {gateway} does not answer: {e.Message}";
        }
    }

    private void WriteText(JsonObject report)
    {
        ITerminal terminal = Context.Terminal;
        string runs = string.Join(", ", report["runs"]!.AsObject().Select(p => $"{p.Value} {p.Key}"));
        (string Name, string Value)[] rows =
        [
            ("Control plane", $"running, pid {report["pid"]}, version {report["version"]}"),
            ("Data", $"{report["data"]}"),
            ("Gateway", $"{report["gateway"]}{Unless(report, "gatewayAnswers")}"),
            ("Kubernetes API", $"{report["kubernetes"]}{Unless(report, "kubernetesAnswers")}"),
            ("Kubeconfig", $"{report["kubeconfig"]}"),
            ("Token file", $"{report["tokenFile"]}"),
            ("Isolation", report["isolated"]!.GetValue<bool>() ? "agents run in bubblewrap sandboxes" : "not complete, see below"),
            ("Runs", runs.Length == 0 ? "none yet" : runs),
        ];
        foreach ((string name, string value) in rows)
        {
            terminal.Print($"{name,-16}{value}");
        }
        foreach (JsonNode? problem in report["problems"]?.AsArray() ?? [])
        {
            terminal.Fail($"{problem}");
        }
        if (report["isolationWarning"] is { } warning)
        {
            terminal.Warn($"{warning}");
        }
    }

    private static string Unless(JsonObject report, string member) => report[member]!.GetValue<bool>() ? "" : "   (does not answer)";
}
