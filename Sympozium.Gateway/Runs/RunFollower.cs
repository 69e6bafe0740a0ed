using System.Text.Json.Nodes;
using System.Threading.Channels;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Runs;
using Sympozium.Gateway.Hosting;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Gateway.Runs;

/// <summary>
/// Reads one run's events from a position on. When the run is silent it reads the AgentRun from time to time, so that a lost
/// terminal event delays the end but never hides it.
/// </summary>
internal sealed class RunFollower : IDisposable
{
    private readonly ResourceKey _run;
    private readonly RunLog _log;
    private readonly RunEventHub _hub;
    private readonly IKubernetesClient _kubernetes;
    private readonly GatewayOptions _options;
    private readonly TimeProvider _time;
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly ITimer _timer;
    private readonly List<RunEvent> _batch = [];
    private long _position;
    private long _spokeAt;
    private long _polledAt;
    private int _gaps;

    public RunFollower(ResourceKey run, long position, RunEventHub hub, IKubernetesClient kubernetes, GatewayOptions options, TimeProvider time)
    {
        (_run, _position, _hub, _kubernetes, _options, _time) = (run, position, hub, kubernetes, options, time);
        _log = hub.Open(run);
        _log.Add(_wake.Writer);
        _gaps = hub.Gaps;
        _spokeAt = _polledAt = time.GetTimestamp();
        TimeSpan period = options.HeartbeatInterval < options.RunPollInterval ? options.HeartbeatInterval : options.RunPollInterval;
        _timer = time.CreateTimer(static waker => ((ChannelWriter<bool>)waker!).TryWrite(true), _wake.Writer, period, period);
    }

    public RunLog Log => _log;

    /// <summary>
    /// The next events, in order; empty when nothing happened for the heartbeat interval. The list is reused by the next call.
    /// </summary>
    /// <exception cref="SympoziumNotFoundException">The run was deleted.</exception>
    public async ValueTask<IReadOnlyList<RunEvent>> NextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_log.ReadAfter(_position, _batch))
            {
                _position = _batch[^1].Sequence;
                _spokeAt = _polledAt = _time.GetTimestamp();
                return _batch;
            }

            if (_time.GetElapsedTime(_polledAt) >= _options.RunPollInterval || _gaps != _hub.Gaps)
            {
                await TryPollAsync(cancellationToken);
                continue;
            }

            if (_time.GetElapsedTime(_spokeAt) >= _options.HeartbeatInterval)
            {
                _spokeAt = _time.GetTimestamp();
                return _batch;
            }

            await _wake.Reader.ReadAsync(cancellationToken);
        }
    }

    /// <summary>Reads the AgentRun; when it is over, its end becomes the log's last event.</summary>
    public async Task<RunPhaseChange> PollAsync(CancellationToken cancellationToken)
    {
        _gaps = _hub.Gaps;
        JsonObject? run = await _kubernetes.GetAsync(SympoziumTypes.AgentRuns, _run.Namespace, _run.Name, cancellationToken);
        _polledAt = _time.GetTimestamp();
        if (run is null)
        {
            throw new SympoziumNotFoundException($"AgentRun '{_run}' does not exist (any more).");
        }

        RunPhaseChange phase = RunPhaseReader.Read(run);
        if (RunPhase.IsTerminal(phase.Phase))
        {
            _log.Append(new RunEvent { Phase = phase }, _polledAt);
        }

        return phase;
    }

    /// <summary>An API server that is away for a moment must not end a run's stream.</summary>
    private async Task TryPollAsync(CancellationToken cancellationToken)
    {
        try
        {
            await PollAsync(cancellationToken);
        }
        catch (KubernetesException away) when (away.IsTransient)
        {
            _polledAt = _time.GetTimestamp();
        }
    }

    public void Dispose()
    {
        _timer.Dispose();
        _log.Remove(_wake.Writer);
    }
}
