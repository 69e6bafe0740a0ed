namespace Sympozium.Abstractions.Ipc;

/// <summary>Environment variables and paths that the job renderer gives to an agent pod and the runner reads.</summary>
public static class PodEnvironment
{
    /// <summary>Name of the run.</summary>
    public const string RunId = "AGENT_RUN_ID";

    /// <summary>Namespace of the run.</summary>
    public const string Namespace = "AGENT_NAMESPACE";

    /// <summary>Name of the instance.</summary>
    public const string Instance = "INSTANCE_NAME";

    /// <summary>Id of the agent inside its instance, normally <c>primary</c>.</summary>
    public const string AgentId = "AGENT_ID";

    /// <summary>Key of the conversation.</summary>
    public const string SessionKey = "SESSION_KEY";

    /// <summary>Directory with the files of the run's input ConfigMap: <c>task</c>, <c>system-prompt</c>, <c>agent-id</c>, <c>session-key</c>, and <c>messages</c> when a history was given.</summary>
    public const string InputDirectory = "SYMPOZIUM_INPUT_DIR";

    /// <summary>Model name to send to the broker.</summary>
    public const string ModelName = "MODEL_NAME";

    /// <summary>Provider name, informational: the broker decides.</summary>
    public const string ModelProvider = "MODEL_PROVIDER";

    /// <summary>Base URL of the broker in the OpenAI dialect.</summary>
    public const string OpenAiBaseUrl = "OPENAI_BASE_URL";

    /// <summary>The run's token, under the name that every OpenAI client reads. It is not a provider's key.</summary>
    public const string OpenAiApiKey = "OPENAI_API_KEY";

    /// <summary>Unix socket of the gateway, preferred to <see cref="OpenAiBaseUrl"/> when set; its paths are the same.</summary>
    public const string GatewaySocket = "SYMPOZIUM_GATEWAY_SOCKET";

    /// <summary>Where the bridge publishes: <c>unix:///path</c> or <c>http://host</c> of the gateway, or <c>nats://host</c> servers with commas between them.</summary>
    public const string EventBusUrl = "EVENT_BUS_URL";

    /// <summary>File with the credentials for NATS; goes with a NATS <see cref="EventBusUrl"/>.</summary>
    public const string EventBusCredentials = "EVENT_BUS_CREDENTIALS";

    /// <summary>PEM file with the authorities that the NATS servers' certificate may come from; absent trusts those of the image.</summary>
    public const string EventBusAuthority = "EVENT_BUS_CA";

    /// <summary>Base URL of the gateway, for what is too large for NATS; goes with a NATS <see cref="EventBusUrl"/>.</summary>
    public const string GatewayUrl = "SYMPOZIUM_GATEWAY_URL";

    /// <summary>Most seconds that the run may take, counted from the agent's start.</summary>
    public const string RunTimeoutSeconds = "RUN_TIMEOUT_SECONDS";

    /// <summary>Most model rounds of one run; default 50.</summary>
    public const string MaxToolIterations = "MAX_TOOL_ITERATIONS";

    /// <summary>Which tools may be called, as JSON (<see cref="Policies.ToolGate.Write"/>); absent allows all. The runner asks it at each call.</summary>
    public const string ToolGate = "SYMPOZIUM_TOOL_GATE";

    /// <summary>Comma-separated names and patterns that <see cref="ToolGate"/> allows when it denies the rest; for agents that do not read it.</summary>
    public const string ToolPolicyAllow = "TOOL_POLICY_ALLOW";

    /// <summary>Comma-separated names and patterns that <see cref="ToolGate"/> denies; for agents that do not read it.</summary>
    public const string ToolPolicyDeny = "TOOL_POLICY_DENY";

    /// <summary><c>true</c>: answer without a model call.</summary>
    public const string DryRun = "DRY_RUN";

    /// <summary>Comma-separated channels that messages may go to; set but empty drops all.</summary>
    public const string AllowedOutboundChannels = "ALLOWED_OUTBOUND_CHANNELS";

    /// <summary><c>true</c>: fetch_url may reach private addresses.</summary>
    public const string FetchAllowPrivate = "SYMPOZIUM_FETCH_URL_ALLOW_PRIVATE";

    /// <summary>W3C trace context of the run: the parent of the agent's own span.</summary>
    public const string TraceParent = "TRACEPARENT";

    /// <summary>W3C tracestate that belongs to <see cref="TraceParent"/>.</summary>
    public const string TraceState = "TRACESTATE";

    /// <summary><c>true</c>: the control plane exports traces, and takes the agent's spans from <see cref="IpcPaths.Traces"/>.</summary>
    public const string ReportSpans = "SYMPOZIUM_REPORT_SPANS";

    /// <summary>Root of the shared volume when it is not <c>/ipc</c> (tests).</summary>
    public const string IpcRoot = "SYMPOZIUM_IPC_ROOT";

    /// <summary>Root of the workspace when it is not <c>/workspace</c> (tests).</summary>
    public const string WorkspaceRoot = "SYMPOZIUM_WORKSPACE_ROOT";

    /// <summary>Root of the skills when it is not <c>/skills</c> (tests).</summary>
    public const string SkillsRoot = "SYMPOZIUM_SKILLS_ROOT";

    /// <summary>Mount of the run's input ConfigMap.</summary>
    public const string InputMount = "/config/input";

    /// <summary>Mount of the bus credentials, in the bridge's container only.</summary>
    public const string BusMount = "/run/secrets/sympozium-bus";

    /// <summary>File name of the credentials in <see cref="BusMount"/>.</summary>
    public const string BusCredentialsFile = "bus.creds";

    /// <summary>File name of the authorities in <see cref="BusMount"/>.</summary>
    public const string BusAuthorityFile = "bus-ca.crt";

    /// <summary>Directory in the pod that holds the gateway's socket.</summary>
    public const string GatewayMount = "/run/sympozium";

    /// <summary>File name of the gateway's socket in <see cref="GatewayMount"/>.</summary>
    public const string GatewaySocketFile = "gateway.sock";
}
