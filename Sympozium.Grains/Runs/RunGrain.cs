using System.Diagnostics;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Runtime;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Broker;
using Sympozium.Abstractions.Events;
using Sympozium.Abstractions.Resources;
using Sympozium.Abstractions.Runs;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Events;

namespace Sympozium.Grains.Runs;

/// <summary>
/// Carries one AgentRun to its end. Converges: the run's objects exist while it is alive, its status tells the truth, and
/// it ends exactly once. Triggered by changes of the run, its Job and its pod, by the result that the bridge publishes, and by
/// a timer while it waits. Idempotent because every step reads the present state, names are deterministic, and a terminal
/// phase in the resource stops everything. The operator sees phase, reason and error in the resource, and Events.
/// </summary>
[GrainType("run")]
internal sealed partial class RunGrain : Grain, IRunGrain
{
    /// <summary>How many counted calls are remembered: more than an agent can have in flight.</summary>
    private const int RememberedCalls = 64;

    /// <summary>Reason while objects of an earlier run of the same name are still being deleted.</summary>
    private const string NameTaken = "NameTaken";

    private readonly IPersistentState<RunState> _state;
    private readonly IKubernetesClient _kubernetes;
    private readonly IRunTokenKey _tokenKey;
    private readonly IPodBus _podBus;
    private readonly JobRenderOptions _rendering;
    private readonly RunOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<RunGrain> _logger;
    private readonly RunInputReader _inputs;
    private readonly RunObjects _objects;
    private readonly RunStatusWriter _status;
    private ResourceKey _key;
    private IGrainTimer? _retry;

    /// <summary>False from the end's status until the bus knows of it.</summary>
    private bool _isEndAnnounced = true;

    public RunGrain(
        [PersistentState("run", "grains")] IPersistentState<RunState> state,
        IKubernetesClient kubernetes,
        IEventBus bus,
        EventRecorder events,
        IRunTokenKey tokenKey,
        IPodBus podBus,
        JobRenderOptions rendering,
        IOptions<RunOptions> options,
        TimeProvider time,
        ILogger<RunGrain> logger)
    {
        _state = state;
        _kubernetes = kubernetes;
        _tokenKey = tokenKey;
        _podBus = podBus;
        _rendering = rendering;
        _options = options.Value;
        _time = time;
        _logger = logger;
        _inputs = new RunInputReader(kubernetes);
        _objects = new RunObjects(kubernetes);
        _status = new RunStatusWriter(kubernetes, bus, events, time);
    }

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _key = ResourceKey.Parse(this.GetPrimaryKeyString());
        return Task.CompletedTask;
    }

    public async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        JsonObject? run = await ReadRunAsync(cancellationToken);
        if (run is null)
        {
            await ForgetAsync(cancellationToken);
        }
        else if (HasEnded(run))
        {
            await FinishEndAsync(run, cancellationToken);
        }
        else
        {
            await AdvanceAsync(run, cancellationToken);
        }
    }

    public async Task AcceptResultAsync(string runUid, BusEvent result, CancellationToken cancellationToken)
    {
        JsonObject? run = await ReadRunAsync(cancellationToken);
        if (run is null || Uid(run) != runUid || HasEnded(run))
        {
            return;
        }

        StartFresh(run);

        // Not the caller's token: a bridge that is ended while it waits for the answer must not leave the end half done.
        await EndAsync(run, RunOutcomes.FromResult(ReadResult(result)), CancellationToken.None);
    }

    public async Task<ModelRoute> GetModelRouteAsync(string runUid, CancellationToken cancellationToken)
    {
        JsonObject run = await ReadRunAsync(cancellationToken)
            ?? throw new SympoziumNotFoundException($"There is no AgentRun '{_key}' (any more).");
        if (Uid(run) != runUid)
        {
            throw new SympoziumNotFoundException($"AgentRun '{_key}' was deleted and made anew; the earlier one can make no model calls.");
        }

        if (HasEnded(run) || Cancelled(run))
        {
            throw new SympoziumConflictException($"AgentRun '{_key}' has ended; it can make no model calls.");
        }

        PlanResult result = RunPlanner.Plan(await _inputs.ReadAsync(run, cancellationToken));
        if (result.Plan is not { } plan)
        {
            throw new SympoziumInvalidException($"AgentRun '{_key}' cannot make model calls: {string.Join("; ", result.Problems)}");
        }

        StartFresh(run);
        if (RunBudget.Exceeded(plan, _state.State.Usage) is string exceeded)
        {
            // Not the caller's token: the agent that asks is ended by this.
            await _objects.DeleteJobAsync(_key, Uid(run), CancellationToken.None);
            await EndAsync(run, new RunOutcome(RunPhase.Failed, RunFailureReasons.BudgetExceeded, exceeded), CancellationToken.None);
            throw new SympoziumConflictException($"AgentRun '{_key}' has ended: {exceeded}");
        }

        return plan.Model;
    }

    public async Task RecordModelCallAsync(string runUid, ModelCallUsage usage, CancellationToken cancellationToken)
    {
        if (_state.State.CountedCalls.Contains(usage.CallId) || await ReadRunAsync(cancellationToken) is not JsonObject run || Uid(run) != runUid)
        {
            return;
        }

        StartFresh(run);
        TokenUsage total = _state.State.Usage;
        _state.State = _state.State with
        {
            CountedCalls = [.. _state.State.CountedCalls.TakeLast(RememberedCalls - 1), usage.CallId],
            Usage = total with
            {
                InputTokens = total.InputTokens + usage.InputTokens,
                OutputTokens = total.OutputTokens + usage.OutputTokens,
                TotalTokens = total.TotalTokens + usage.InputTokens + usage.OutputTokens,
                CachedInputTokens = total.CachedInputTokens + usage.CachedInputTokens,
                ReasoningTokens = total.ReasoningTokens + usage.ReasoningTokens,
                ToolCalls = total.ToolCalls + usage.ToolCalls,
                ModelCalls = total.ModelCalls + 1,
            },
        };
        await _state.WriteStateAsync(cancellationToken);
        if (HasEnded(run))
        {
            await _status.WriteUsageAsync(run, _state.State.Usage, cancellationToken);
        }
    }

    private async Task AdvanceAsync(JsonObject run, CancellationToken cancellationToken)
    {
        StartFresh(run);
        if (Cancelled(run))
        {
            await _objects.DeleteJobAsync(_key, Uid(run), cancellationToken);
            await EndAsync(run, new RunOutcome(RunPhase.Cancelled, "Cancelled", "The run was cancelled by spec.cancel."), cancellationToken);
            return;
        }

        JsonObject? job = await _kubernetes.GetAsync(CoreTypes.Jobs, _key.Namespace, RunObjectNames.Job(_key.Name), cancellationToken);
        if (job is not null && RunObjects.BelongsTo(job, Uid(run)))
        {
            await ObserveAsync(run, job, cancellationToken);
        }
        else if (Phase(run) == RunPhase.Running)
        {
            await EndAsync(run, new RunOutcome(RunPhase.Failed, RunFailureReasons.InfrastructureLost, "The run's Job was deleted while it ran."), cancellationToken);
        }
        else
        {
            await StartAsync(run, cancellationToken);
        }
    }

    private async Task StartAsync(JsonObject run, CancellationToken cancellationToken)
    {
        PlanResult result = RunPlanner.Plan(await _inputs.ReadAsync(run, cancellationToken));
        if (result.Plan is RunPlan found)
        {
            using Activity? job = RunTelemetry.StartJob(run, found);
            RunPlan plan = RunTelemetry.Continue(found, job);
            TimeSpan lifetime = plan.Timeout + _rendering.DeadlineGrace + _options.TokenGrace;
            string token = new RunToken(plan.Run, plan.RunUid, plan.Instance, _time.GetUtcNow() + lifetime).Sign(_tokenKey.Key.Span);
            PodBusAccess? bus = _podBus.Grant(plan.Run, plan.RunUid, lifetime);
            try
            {
                await _objects.CreateAsync(plan, JobRenderer.Render(plan, token, bus, _rendering), _rendering, cancellationToken);
                RunTelemetry.CountStart();
                LogStarted(_key, plan.Model.Provider, plan.Model.Model);
                await _status.WarnAsync(run, plan.Warnings, cancellationToken);
            }
            catch (SympoziumUnavailableException e)
            {
                await ReportAsync(run, RunPhase.Pending, NameTaken, e.Message, null, cancellationToken);
                LookAgain();
            }
            catch (SympoziumConflictException e)
            {
                await EndAsync(run, new RunOutcome(RunPhase.Failed, RunFailureReasons.InvalidSpec, e.Message), cancellationToken);
            }
            catch (KubernetesException e) when (e.IsQuotaExceeded && _time.GetUtcNow() - _state.State.StartedAt < plan.Timeout)
            {
                await ReportWaitAsync(run, RunFailureReasons.QuotaExceeded, e.Message, null, cancellationToken);
                LookAgain(_options.PodPoll);
            }
            catch (KubernetesException e) when (e.IsQuotaExceeded)
            {
                await EndAsync(run, new RunOutcome(RunPhase.Failed, RunFailureReasons.QuotaExceeded, $"The namespace's quota left no room within the run's time: {e.Message}"), cancellationToken);
            }
            catch (KubernetesException e) when (!e.IsTransient && !e.IsConflict)
            {
                await EndAsync(run, new RunOutcome(RunPhase.Failed, RunFailureReasons.InfrastructureLost, $"The run's objects could not be created: {e.Message}"), cancellationToken);
            }

            return;
        }

        string message = string.Join("\n", result.Problems);
        if (result.Reason is RunFailureReasons.ReferenceNotFound or RunFailureReasons.MissingCredentials && _time.GetUtcNow() - _state.State.StartedAt < _options.ReferenceGrace)
        {
            await ReportAsync(run, RunPhase.Pending, result.Reason, message, null, cancellationToken);
            LookAgain();
            return;
        }

        await EndAsync(run, new RunOutcome(RunPhase.Failed, result.Reason, message), cancellationToken);
    }

    private async Task ObserveAsync(JsonObject run, JsonObject job, CancellationToken cancellationToken)
    {
        JsonObject? pod = await ReadPodAsync((string)job["metadata"]!["uid"]!, cancellationToken);
        string? podName = (string?)pod?["metadata"]!["name"];
        (string, string)? waited = Phase(run) == RunPhase.Pending && (string?)run["status"]?["reason"] is string known ? (known, (string?)run["status"]!["error"] ?? "") : null;
        if (RunOutcomes.FromJob(job, pod, null, waited) is not null)
        {
            await EndByJobAsync(run, job, pod, waited, cancellationToken);
        }
        else if (PodTrouble.Hopeless(pod) is RunOutcome hopeless)
        {
            await _objects.DeleteJobAsync(_key, Uid(run), cancellationToken);
            await EndAsync(run, hopeless, cancellationToken);
        }
        else if ((string?)pod?["status"]?["phase"] == "Running")
        {
            await ReportAsync(run, RunPhase.Running, null, null, podName, cancellationToken);
        }
        else if (PodTrouble.Obstacle(pod) is (string reason, string message))
        {
            await ReportWaitAsync(run, reason, message, podName, cancellationToken);
        }
        else if (pod is null)
        {
            await ExplainMissingPodAsync(run, job, cancellationToken);
        }
    }

    /// <summary>A Job whose pod is refused says so only in Events, and nothing changes that would wake the run.</summary>
    private async Task ExplainMissingPodAsync(JsonObject run, JsonObject job, CancellationToken cancellationToken)
    {
        if (_time.GetUtcNow() - (_state.State.StartedAt ?? _time.GetUtcNow()) >= _options.PodPoll)
        {
            var selector = new ListOptions { FieldSelector = $"involvedObject.name={(string?)job["metadata"]!["name"]},reason=FailedCreate" };
            ResourceList events = await _kubernetes.ListAsync(CoreTypes.Events, _key.Namespace, selector, cancellationToken);
            string uid = (string)job["metadata"]!["uid"]!;
            if (PodTrouble.Refusal(events.Items.Where(e => (string?)e["involvedObject"]?["uid"] == uid)) is (string reason, string message))
            {
                await ReportWaitAsync(run, reason, message, null, cancellationToken);
            }
        }

        LookAgain(_options.PodPoll);
    }

    /// <summary>Writes what a run waits for, once for each reason: the messages of one reason alternate.</summary>
    private Task ReportWaitAsync(JsonObject run, string reason, string message, string? pod, CancellationToken cancellationToken) =>
        Phase(run) == RunPhase.Pending && (string?)run["status"]?["reason"] == reason
            ? Task.CompletedTask
            : _status.WriteProgressAsync(run, RunPhase.Pending, reason, message, pod, cancellationToken);

    /// <summary>Writes a phase unless the resource already says the same.</summary>
    private Task ReportAsync(JsonObject run, string phase, string? reason, string? message, string? pod, CancellationToken cancellationToken) =>
        Phase(run) == phase && (string?)run["status"]?["reason"] == reason && (string?)run["status"]?["error"] == message
            ? Task.CompletedTask
            : _status.WriteProgressAsync(run, phase, reason, message, pod, cancellationToken);

    private async Task ForgetAsync(CancellationToken cancellationToken)
    {
        if (_state.RecordExists)
        {
            await _state.ClearStateAsync(cancellationToken);
        }

        DeactivateOnIdle();
    }

    /// <summary>State of an earlier run of this name must not be counted for this one.</summary>
    private void StartFresh(JsonObject run)
    {
        if (_state.State.RunUid != Uid(run))
        {
            _state.State = new RunState { RunUid = Uid(run), StartedAt = RunStatusWriter.StartOf(run) ?? _time.GetUtcNow() };
        }
    }

    private void LookAgain() => LookAgain(_options.ReferencePoll);

    private void LookAgain(TimeSpan after)
    {
        _retry?.Dispose();
        _retry = this.RegisterGrainTimer(
            static (grain, _) => grain.ReconcileByTimerAsync(),
            this,
            new GrainTimerCreationOptions(after, Timeout.InfiniteTimeSpan));
    }

    private async Task ReconcileByTimerAsync()
    {
        try
        {
            // Not the timer's own token: ending the run disposes the timer, which would cancel the rest of its end.
            await ReconcileAsync(CancellationToken.None);
        }
        catch (Exception)
        {
            // Nothing else would wake a run that waits; the runtime logs what is thrown.
            LookAgain();
            throw;
        }
    }

    private Task<JsonObject?> ReadRunAsync(CancellationToken cancellationToken) =>
        _kubernetes.GetAsync(SympoziumTypes.AgentRuns, _key.Namespace, _key.Name, cancellationToken);

    private async Task<JsonObject?> ReadPodAsync(string jobUid, CancellationToken cancellationToken)
    {
        var selector = new ListOptions { LabelSelector = $"{SympoziumNames.RunLabel}={RunObjectNames.LabelValue(_key.Name)}" };
        ResourceList pods = await _kubernetes.ListAsync(CoreTypes.Pods, _key.Namespace, selector, cancellationToken);
        return pods.Items.Where(pod => RunObjects.BelongsTo(pod, jobUid)).MaxBy(pod => (string?)pod["metadata"]!["creationTimestamp"], StringComparer.Ordinal);
    }

    private static string Uid(JsonObject run) => (string)run["metadata"]!["uid"]!;

    private static bool HasEnded(JsonObject run) => RunPhase.IsTerminal(Phase(run));

    private static bool Cancelled(JsonObject run) => ResourceReader.AgentRun(run, [])?.Cancel is true;

    private static string? Phase(JsonObject run) => (string?)run["status"]?["phase"];

    [LoggerMessage(Level = LogLevel.Information, Message = "Run {RunId} started with model {Provider}/{Model}")]
    private partial void LogStarted(ResourceKey runId, string provider, string model);
}
