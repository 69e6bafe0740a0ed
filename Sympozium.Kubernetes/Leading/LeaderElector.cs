using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Kubernetes.Leading;

/// <summary>
/// Lets one of several processes lead at a time, by a Lease. Converges: the Lease names this process whenever nobody else keeps it. Triggered by
/// time alone. What others write is judged by when this process saw it change, never by the times in it, so clocks may differ or jump.
/// The leader stops by itself before others may take over: it gives up <see cref="LeaderElectionOptions.RenewDeadline"/> after its last renewal
/// was sent, they wait <see cref="LeaderElectionOptions.LeaseDuration"/> after they saw it. The operator sees the Lease and one log line for each change.
/// </summary>
public sealed partial class LeaderElector
{
    private readonly IKubernetesClient _kubernetes;
    private readonly LeaderElectionOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    private JsonObject? _lease;
    private LeaseRecord? _observed;
    private long _observedAt;
    private volatile bool _leads;
    private volatile string _leader = "";
    private int _failures;

    public LeaderElector(IKubernetesClient kubernetes, LeaderElectionOptions options, TimeProvider time, ILogger logger)
    {
        options.Validate();
        _kubernetes = kubernetes;
        _options = options;
        _time = time;
        _logger = logger;
    }

    /// <summary>Whether this process leads.</summary>
    public bool IsLeader => _leads;

    /// <summary>Who leads as far as is known; empty when nobody does.</summary>
    public string Leader => _leader;

    /// <summary>
    /// Waits until this process leads, then runs <paramref name="lead"/> with a token that is cancelled when it no longer does, waits for it to end, and
    /// starts over. Ends when cancelled, having released the Lease after <paramref name="lead"/> has ended, or when <paramref name="lead"/> ends or fails by itself.
    /// </summary>
    public async Task RunAsync(Func<CancellationToken, Task> lead, CancellationToken cancellationToken)
    {
        while (await AcquireAsync(cancellationToken))
        {
            using var term = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            Task work = Task.Run(() => lead(term.Token), CancellationToken.None);
            try
            {
                bool lost = await KeepAsync(work, cancellationToken);
                await term.CancelAsync();
                await EndAsync(work, term.Token);
                if (!lost)
                {
                    return;
                }
            }
            finally
            {
                await ReleaseAsync();
            }
        }
    }

    private static async Task EndAsync(Task work, CancellationToken ended)
    {
        try
        {
            await work;
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // It was told to end.
        }
    }

    /// <summary>Tries until this process leads; false when cancelled before.</summary>
    private async Task<bool> AcquireAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (!await TryAsync(_options.RenewDeadline, cancellationToken))
            {
                await Task.Delay(_options.RetryPeriod * (1 + (LeaderElectionOptions.Jitter * Random.Shared.NextDouble())), _time, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return false;
        }

        _leads = true;
        LogLeads(_options.Identity, _options.Namespace, _options.Name);
        return true;
    }

    /// <summary>Renews until that fails for too long (true), or until cancelled or the work has ended (false).</summary>
    private async Task<bool> KeepAsync(Task work, CancellationToken cancellationToken)
    {
        long renewed = _time.GetTimestamp();
        while (true)
        {
            Task pause = Task.Delay(_options.RetryPeriod, _time, cancellationToken);
            if (await Task.WhenAny(pause, work) == work || cancellationToken.IsCancellationRequested)
            {
                return false;
            }

            // The time before the request counts: the server may have taken it at once and answered late.
            long sent = _time.GetTimestamp();
            TimeSpan left = _options.RenewDeadline - _time.GetElapsedTime(renewed, sent);
            try
            {
                if (left > TimeSpan.Zero && await TryAsync(left, cancellationToken))
                {
                    renewed = sent;
                    continue;
                }
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return false;
            }

            if (_observed is { } seen && seen.Holder != _options.Identity)
            {
                _leads = false;
                LogTaken(_options.Namespace, _options.Name, seen.Holder);
                return true;
            }

            if (_time.GetElapsedTime(renewed) >= _options.RenewDeadline)
            {
                _leads = false;
                LogLost(_options.Namespace, _options.Name, _options.RenewDeadline);
                return true;
            }
        }
    }

    /// <summary>One look at the Lease, and one write when it is free or this process's own.</summary>
    private async Task<bool> TryAsync(TimeSpan most, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(most, _time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            bool leads = await TakeOrRenewAsync(stop.Token);
            _failures = 0;
            return leads;
        }
        catch (KubernetesException e) when (e.IsConflict || e.IsAlreadyExists)
        {
            // Somebody else was faster; who it was shows the next look.
            _lease = null;
            return false;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
        catch (KubernetesException e)
        {
            if (_failures++ == 0)
            {
                LogFailed(e.IsUnreachable ? LogLevel.Debug : LogLevel.Warning, e, _options.Namespace, _options.Name);
            }

            _lease = null;
            return false;
        }
    }

    private async Task<bool> TakeOrRenewAsync(CancellationToken cancellationToken)
    {
        // A leader knows its own last write: one request a renewal, and a conflict when somebody else wrote in between.
        JsonObject? lease = _leads && _lease is not null ? _lease : await _kubernetes.GetAsync(CoreTypes.Leases, _options.Namespace, _options.Name, cancellationToken);
        string now = LeaseRecord.Micro(_time.GetUtcNow());
        if (lease is null)
        {
            var first = new LeaseRecord(_options.Identity, _options.LeaseDuration, now, now, 0);
            Observe(await _kubernetes.CreateAsync(CoreTypes.Leases, ToObject(first), cancellationToken));
            return true;
        }

        Observe(lease);
        LeaseRecord seen = _observed!;
        bool own = seen.Holder == _options.Identity;
        if (!own && seen.Holder.Length > 0 && _time.GetElapsedTime(_observedAt) < seen.Duration)
        {
            return false;
        }

        LeaseRecord mine = own
            ? seen with { Duration = _options.LeaseDuration, Renewed = now }
            : new LeaseRecord(_options.Identity, _options.LeaseDuration, now, now, seen.Transitions + 1);
        Observe(await WriteAsync(lease, mine, cancellationToken));
        return true;
    }

    private async Task ReleaseAsync()
    {
        bool led = _leads;
        _leads = false;
        if (!led || _lease is not { } lease || _observed is not { } seen || seen.Holder != _options.Identity)
        {
            return;
        }

        try
        {
            // Not the caller's token, which is cancelled by now; others need not wait for the Lease to run out.
            using var timeout = new CancellationTokenSource(_options.RetryPeriod, _time);
            string now = LeaseRecord.Micro(_time.GetUtcNow());
            Observe(await WriteAsync(lease, seen with { Holder = "", Duration = TimeSpan.FromSeconds(1), Acquired = now, Renewed = now }, timeout.Token));
            LogReleased(_options.Namespace, _options.Name);
        }
        catch (Exception e) when (e is KubernetesException or OperationCanceledException)
        {
            LogNotReleased(e, _options.Namespace, _options.Name, _options.LeaseDuration);
        }
    }

    private Task<JsonObject> WriteAsync(JsonObject lease, LeaseRecord record, CancellationToken cancellationToken)
    {
        JsonObject next = lease.DeepClone().AsObject();
        next["spec"] = record.ToSpec();
        return _kubernetes.ReplaceAsync(CoreTypes.Leases, next, null, cancellationToken);
    }

    private void Observe(JsonObject lease)
    {
        LeaseRecord record = LeaseRecord.Read(lease);
        if (record != _observed)
        {
            if (_leader != record.Holder && record.Holder != _options.Identity && record.Holder.Length > 0)
            {
                LogOther(record.Holder, _options.Namespace, _options.Name);
            }

            _observed = record;
            _observedAt = _time.GetTimestamp();
            _leader = record.Holder;
        }

        _lease = lease;
    }

    private JsonObject ToObject(LeaseRecord record) => new()
    {
        ["apiVersion"] = CoreTypes.Leases.ApiVersion,
        ["kind"] = CoreTypes.Leases.Kind,
        ["metadata"] = new JsonObject { ["name"] = _options.Name, ["namespace"] = _options.Namespace },
        ["spec"] = record.ToSpec(),
    };

    [LoggerMessage(Level = LogLevel.Information, Message = "{Identity} leads by Lease {Namespace}/{Name}")]
    private partial void LogLeads(string identity, string @namespace, string name);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Holder} leads by Lease {Namespace}/{Name}; this process waits")]
    private partial void LogOther(string holder, string @namespace, string name);

    [LoggerMessage(Level = LogLevel.Error, Message = "Lease {Namespace}/{Name} could not be renewed for {Deadline}; this process no longer leads")]
    private partial void LogLost(string @namespace, string name, TimeSpan deadline);

    [LoggerMessage(Level = LogLevel.Error, Message = "Lease {Namespace}/{Name} was taken by '{Holder}'; this process no longer leads")]
    private partial void LogTaken(string @namespace, string name, string holder);

    [LoggerMessage(Level = LogLevel.Information, Message = "Lease {Namespace}/{Name} is released")]
    private partial void LogReleased(string @namespace, string name);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Lease {Namespace}/{Name} could not be released; others wait up to {Duration}")]
    private partial void LogNotReleased(Exception exception, string @namespace, string name, TimeSpan duration);

    [LoggerMessage(Message = "Lease {Namespace}/{Name} could not be read or written; it is tried again")]
    private partial void LogFailed(LogLevel level, Exception exception, string @namespace, string name);
}
