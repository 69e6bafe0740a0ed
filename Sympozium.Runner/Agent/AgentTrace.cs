using System.Globalization;
using Sympozium.Abstractions.Ipc;
using Sympozium.Abstractions.Tracing;
using Sympozium.Runner.Json;
using Sympozium.Runner.Lifetime;
using Sympozium.Runner.Posix;

namespace Sympozium.Runner.Agent;

/// <summary>
/// The agent's own spans: one for all of its work and one for each tool call. They leave the pod as files that the bridge carries to the control plane,
/// so a pod needs neither the way to a collector nor its secrets. Made only when the control plane asks for spans. They hold no content.
/// </summary>
internal sealed class AgentTrace
{
    private const int TraceParentLength = 55;
    private const int SpansPerFile = 32;
    private const int MaxSpans = 2000;

    [ThreadStatic]
    private static string? _current;

    private readonly AgentOptions _options;
    private readonly TimeProvider _clock;
    private readonly Lock _lock = new();
    private readonly JsonText _pending = new();
    private readonly string _head;
    private readonly string _prefix;
    private readonly string _parent;
    private readonly string _agent;
    private readonly long _started;
    private uint _next = (uint)Random.Shared.NextInt64(16, uint.MaxValue - MaxSpans);
    private int _count;
    private int _unwritten;
    private int _file;
    private bool _failed;

    private AgentTrace(AgentOptions options, TimeProvider clock)
    {
        string given = options.TraceParent!;
        (_options, _clock, _started) = (options, clock, Microseconds(clock));
        _head = given[..36];
        _parent = given[36..52];
        _prefix = _parent[..RunTrace.PrefixLength];
        _agent = NextId();
        TraceParent = Context(_agent);
    }

    /// <summary>W3C context of the tool call that this thread runs; null outside of one, and when nothing is traced.</summary>
    public static string? Current => _current;

    /// <summary>W3C context of the agent's span.</summary>
    public string TraceParent { get; }

    /// <summary>Begins the agent's span; null when the control plane takes none.</summary>
    public static AgentTrace? Start(AgentOptions options, TimeProvider clock) =>
        options is { ReportsSpans: true, TraceParent.Length: TraceParentLength } && options.TraceParent.EndsWith("-01", StringComparison.Ordinal)
            ? new AgentTrace(options, clock)
            : null;

    /// <summary>Begins a tool call on this thread.</summary>
    public ToolSpan BeginTool()
    {
        lock (_lock)
        {
            string id = NextId();
            _current = Context(id);
            return new ToolSpan(id, Microseconds(_clock));
        }
    }

    /// <summary>Ends a tool call.</summary>
    public void EndTool(ToolSpan span, ToolCall call, int round, bool isError)
    {
        _current = null;
        lock (_lock)
        {
            if (!Begin_NeedsLock($"execute_tool {call.Name}", span.Id, _agent, span.Started, isError ? "tool_error" : null))
            {
                return;
            }

            _pending.Raw("\"gen_ai.operation.name\":\"execute_tool\",\"gen_ai.tool.type\":\"function\",\"gen_ai.tool.name\":"u8).String(call.Name)
                .Raw(",\"gen_ai.tool.call.id\":"u8).String(call.Id).Raw(",\"sympozium.round\":"u8).Number(round).Raw("}}"u8);
            if (++_unwritten >= SpansPerFile)
            {
                Write_NeedsLock();
            }
        }
    }

    /// <summary>Ends the agent's span and hands over what was not yet.</summary>
    public void End(AgentResult result)
    {
        string? error = result.Status == AgentResultStatus.Error ? result.Reason ?? "error" : null;
        lock (_lock)
        {
            // The one span that the others hang from is never too many.
            _count = Math.Min(_count, MaxSpans - 1);
            Begin_NeedsLock($"invoke_agent {Environment.GetEnvironmentVariable(PodEnvironment.Instance)}", _agent, _parent, _started, error);
            _pending.Raw("\"gen_ai.operation.name\":\"invoke_agent\",\"gen_ai.request.model\":"u8).String(_options.Model);
            if (Environment.GetEnvironmentVariable(PodEnvironment.ModelProvider) is { } provider)
            {
                _pending.Raw(",\"gen_ai.provider.name\":"u8).String(provider);
            }

            if (Environment.GetEnvironmentVariable(PodEnvironment.SessionKey) is { } session)
            {
                _pending.Raw(",\"gen_ai.conversation.id\":"u8).String(session);
            }

            if (result.Metrics is { } metrics)
            {
                _pending.Raw(",\"gen_ai.usage.input_tokens\":"u8).Number(metrics.InputTokens)
                    .Raw(",\"gen_ai.usage.output_tokens\":"u8).Number(metrics.OutputTokens)
                    .Raw(",\"sympozium.tool.calls\":"u8).Number(metrics.ToolCalls);
            }

            _pending.Raw("}}"u8);
            Write_NeedsLock();
        }
    }

    /// <summary>False when there are too many already.</summary>
    private bool Begin_NeedsLock(string name, string id, string parent, long started, string? error)
    {
        if (_count >= MaxSpans)
        {
            return false;
        }

        _count++;
        _pending.Raw(_pending.Length == 0 ? "["u8 : ","u8).Raw("{\"name\":"u8).String(name).Raw(",\"spanId\":"u8).String(id).Raw(",\"parentSpanId\":"u8).String(parent)
            .Raw(",\"start\":"u8).Number(started).Raw(",\"end\":"u8).Number(Math.Max(started, Microseconds(_clock)));
        if (error is not null)
        {
            _pending.Raw(",\"error\":"u8).String(error);
        }

        _pending.Raw(",\"attributes\":{"u8);
        return true;
    }

    private void Write_NeedsLock()
    {
        try
        {
            string number = (++_file).ToString("D4", CultureInfo.InvariantCulture);
            PosixFile.WriteAtomic($"{_options.IpcRoot}/{IpcPaths.Traces}", $"spans-{_agent}-{number}.json", _pending.Raw("]"u8).Written);
        }
        catch (IOException e)
        {
            // Traces are for watching: a full volume must not end the run.
            if (!_failed)
            {
                RunnerLog.Error($"Spans cannot be written and are lost from here on: {e.Message}");
            }

            _failed = true;
        }
        finally
        {
            _pending.Clear();
            _unwritten = 0;
        }
    }

    private string NextId() => _prefix + (_next++).ToString("x8", CultureInfo.InvariantCulture);

    private string Context(string id) => $"{_head}{id}-01";

    private static long Microseconds(TimeProvider clock) => (clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
}

/// <summary>A tool call under way.</summary>
/// <param name="Id">Id of its span.</param>
/// <param name="Started">When it began, in microseconds since 1970.</param>
internal readonly record struct ToolSpan(string Id, long Started);
