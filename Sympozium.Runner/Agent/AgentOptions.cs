using System.Globalization;
using Sympozium.Abstractions.Ipc;
using Sympozium.Runner.Http;
using Sympozium.Runner.Lifetime;

namespace Sympozium.Runner.Agent;

/// <summary>What the agent's container was given, and the limits it keeps.</summary>
internal sealed record AgentOptions
{
    /// <summary>Model rounds of one run when nothing is said.</summary>
    public const int DefaultMaxRounds = 50;

    /// <summary>Seconds for which an unreachable model is tried again, when <see cref="RetrySecondsVariable"/> is not set.</summary>
    public const int DefaultRetrySeconds = 120;

    /// <summary>Environment variable for <see cref="RetryWindow"/>.</summary>
    public const string RetrySecondsVariable = "LLM_RETRY_SECONDS";

    /// <summary>Environment variable for <see cref="IdleLimit"/>.</summary>
    public const string IdleSecondsVariable = "LLM_IDLE_SECONDS";

    /// <summary>Name of the run.</summary>
    public required string RunId { get; init; }

    /// <summary>What tells this run from one that had its name before: the uid in its token, else its name.</summary>
    public required string RunIdentity { get; init; }

    /// <summary>Root of the shared volume.</summary>
    public string IpcRoot { get; init; } = IpcPaths.DefaultRoot;

    /// <summary>Root of the workspace.</summary>
    public string WorkspaceRoot { get; init; } = "/workspace";

    /// <summary>Root of the skills.</summary>
    public string SkillsRoot { get; init; } = "/skills";

    /// <summary>Directory of the input files.</summary>
    public string InputDirectory { get; init; } = PodEnvironment.InputMount;

    /// <summary>Model name sent to the broker.</summary>
    public string Model { get; init; } = "default";

    /// <summary>The run's token; null sends none.</summary>
    public string? Token { get; init; }

    /// <summary>Where the broker is; the path ends before <c>/chat/completions</c>.</summary>
    public required HttpTarget Broker { get; init; }

    /// <summary>W3C trace context of the run.</summary>
    public string? TraceParent { get; init; }

    /// <summary>Whether the control plane takes spans.</summary>
    public bool ReportsSpans { get; init; }

    /// <summary>Time for the whole run; null means no limit here.</summary>
    public TimeSpan? RunTimeout { get; init; }

    /// <summary>Most model rounds.</summary>
    public int MaxRounds { get; init; } = DefaultMaxRounds;

    /// <summary>Answer without a model call.</summary>
    public bool DryRun { get; init; }

    /// <summary>How long one round is tried again while the model cannot be reached.</summary>
    public TimeSpan RetryWindow { get; init; } = TimeSpan.FromSeconds(DefaultRetrySeconds);

    /// <summary>First pause before a retry; each further one is twice as long.</summary>
    public TimeSpan FirstBackoff { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Longest pause before a retry that the model did not ask for.</summary>
    public TimeSpan LongestBackoff { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Answers in a row that may be rubbish before the run fails.</summary>
    public int MaxRubbish { get; init; } = 3;

    /// <summary>Time to make a connection.</summary>
    public TimeSpan ConnectLimit { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Time for which a model may stay silent in the middle of an answer.</summary>
    public TimeSpan IdleLimit { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>Tool calls of one round that run at the same time.</summary>
    public int MaxParallelTools { get; init; } = 8;

    /// <summary>Most bytes of all skills together in the system prompt.</summary>
    public int MaxSkillBytes { get; init; } = 256 * 1024;

    /// <summary>Most bytes of one input file.</summary>
    public int MaxInputBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>Most bytes of one event of the model's stream.</summary>
    public int MaxEventBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>Reads the environment; every problem is listed.</summary>
    /// <exception cref="FormatException">Something is missing or malformed.</exception>
    public static AgentOptions FromEnvironment()
    {
        var problems = new List<string>();
        string? token = SecretVariable.Take(PodEnvironment.OpenAiApiKey);
        string runId = Read(PodEnvironment.RunId) ?? "unnamed";
        HttpTarget? broker = ReadBroker(problems);
        int? timeout = ReadNumber(PodEnvironment.RunTimeoutSeconds, 1, problems);
        int? rounds = ReadNumber(PodEnvironment.MaxToolIterations, 1, problems);
        int? retry = ReadNumber(RetrySecondsVariable, 0, problems);
        int? idle = ReadNumber(IdleSecondsVariable, 1, problems);
        if (problems.Count > 0)
        {
            throw new FormatException(string.Join("\n", problems));
        }

        return new AgentOptions
        {
            RunId = runId,
            RunIdentity = RunIdentityReader.Read(token) ?? runId,
            IpcRoot = Read(PodEnvironment.IpcRoot) ?? IpcPaths.DefaultRoot,
            WorkspaceRoot = Read(PodEnvironment.WorkspaceRoot) ?? "/workspace",
            SkillsRoot = Read(PodEnvironment.SkillsRoot) ?? "/skills",
            InputDirectory = Read(PodEnvironment.InputDirectory) ?? PodEnvironment.InputMount,
            Model = Read(PodEnvironment.ModelName) ?? "default",
            Token = token,
            Broker = broker!,
            TraceParent = Read(PodEnvironment.TraceParent),
            ReportsSpans = Read(PodEnvironment.ReportSpans) == "true",
            RunTimeout = timeout is null ? null : TimeSpan.FromSeconds(timeout.Value),
            MaxRounds = rounds ?? DefaultMaxRounds,
            DryRun = string.Equals(Read(PodEnvironment.DryRun), "true", StringComparison.OrdinalIgnoreCase),
            RetryWindow = TimeSpan.FromSeconds(retry ?? DefaultRetrySeconds),
            IdleLimit = TimeSpan.FromSeconds(idle ?? 300),
        };
    }

    private static string? Read(string name)
    {
        string? value = Environment.GetEnvironmentVariable(name);
        return string.IsNullOrWhiteSpace(value) ? null : value.Trim();
    }

    private static int? ReadNumber(string name, int least, List<string> problems)
    {
        string? value = Read(name);
        if (value is null)
        {
            return null;
        }

        if (int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least)
        {
            return number;
        }

        problems.Add($"{name} is '{value}'; expected a whole number, at least {least}.");
        return null;
    }

    private static HttpTarget? ReadBroker(List<string> problems)
    {
        string url = Read(PodEnvironment.OpenAiBaseUrl) ?? "https://api.openai.com/v1";
        try
        {
            HttpTarget target = HttpTarget.Parse(url, PodEnvironment.OpenAiBaseUrl);
            return target with { SocketPath = Read(PodEnvironment.GatewaySocket) ?? target.SocketPath };
        }
        catch (FormatException e)
        {
            problems.Add(e.Message);
            return null;
        }
    }
}
