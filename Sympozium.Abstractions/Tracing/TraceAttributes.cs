namespace Sympozium.Abstractions.Tracing;

/// <summary>
/// Names of attributes, as OpenTelemetry has them (semantic conventions for generative AI, Kubernetes, HTTP and messaging:
/// https://opentelemetry.io/docs/specs/semconv/), and our own, which start with <c>sympozium.</c>.
/// </summary>
public static class TraceAttributes
{
    /// <summary>What is done: <c>invoke_agent</c>, <c>chat</c> or <c>execute_tool</c>.</summary>
    public const string Operation = "gen_ai.operation.name";

    /// <summary>Name of the provider.</summary>
    public const string Provider = "gen_ai.provider.name";

    /// <summary>Name of the model that was asked.</summary>
    public const string Model = "gen_ai.request.model";

    /// <summary>Name of the instance.</summary>
    public const string Agent = "gen_ai.agent.name";

    /// <summary>Session of the run.</summary>
    public const string Conversation = "gen_ai.conversation.id";

    /// <summary>Prompt tokens.</summary>
    public const string InputTokens = "gen_ai.usage.input_tokens";

    /// <summary>Completion tokens.</summary>
    public const string OutputTokens = "gen_ai.usage.output_tokens";

    /// <summary>Prompt tokens from the provider's cache.</summary>
    public const string CachedTokens = "gen_ai.usage.cache_read.input_tokens";

    /// <summary>Kind of tokens that are counted: <c>input</c> or <c>output</c>.</summary>
    public const string TokenType = "gen_ai.token.type";

    /// <summary>Name of a tool.</summary>
    public const string Tool = "gen_ai.tool.name";

    /// <summary>Id that the model gave to a tool call.</summary>
    public const string ToolCall = "gen_ai.tool.call.id";

    /// <summary>Class of what went wrong.</summary>
    public const string Error = "error.type";

    /// <summary>Namespace.</summary>
    public const string Namespace = "k8s.namespace.name";

    /// <summary>Name of a Job.</summary>
    public const string Job = "k8s.job.name";

    /// <summary>Name of a pod.</summary>
    public const string Pod = "k8s.pod.name";

    /// <summary>Name of a run.</summary>
    public const string Run = "sympozium.run.name";

    /// <summary><c>metadata.uid</c> of a run.</summary>
    public const string RunUid = "sympozium.run.uid";

    /// <summary>Phase that a run ended in.</summary>
    public const string Phase = "sympozium.run.phase";

    /// <summary>Why a run ended so.</summary>
    public const string Reason = "sympozium.run.reason";

    /// <summary>What began a trace, on spans that may begin one: <c>http</c>, <c>kubernetes</c>, <c>admission</c> or <c>run</c>. The sampler decides by it.</summary>
    public const string TraceStart = "sympozium.trace.start";

    /// <summary><see cref="TraceStart"/> of the spans of a run that was caused by no span.</summary>
    public static readonly KeyValuePair<string, object?> StartedByRun = new(TraceStart, "run");
}
