using System.Globalization;
using Sympozium.LocalCluster.ReplicaSets;

namespace Sympozium.LocalCluster.Deployments;

/// <summary>
/// Decides a Deployment's next step from its stored state. Pure. The order is that of Kubernetes: pausing is noted; a paused or
/// resized Deployment is only scaled, its ReplicaSets in proportion; otherwise the rollout goes one step on; the status is written last.
/// </summary>
internal sealed class DeploymentPlanner
{
    private readonly DeploymentFacts _deployment;
    private readonly DateTimeOffset _now;
    private readonly List<RolloutSet> _old;
    private readonly bool _hasOldPods;
    private RolloutSet? _new;
    private DeploymentStatus _status;
    private string? _revision;

    private DeploymentPlanner(DeploymentFacts deployment, IEnumerable<ReplicaSetFacts> sets, Func<string?, bool> hasPodsBut, DateTimeOffset now)
    {
        _deployment = deployment;
        _now = now;
        _status = deployment.Status;
        List<RolloutSet> all = [.. sets.OrderBy(set => set.CreatedAt).ThenBy(set => set.Name, StringComparer.Ordinal).Select(set => new RolloutSet(set))];

        // Should there be several of the present template, the oldest one counts, always the same.
        _new = all.Find(set => set.Stored!.Template.Digest == deployment.Template.Digest);
        _old = [.. all.Where(set => set != _new)];
        _hasOldPods = _old.Sum(set => set.Seen) > 0 || hasPodsBut(_new?.Stored?.Uid);
    }

    private IEnumerable<RolloutSet> All => _new is null ? _old : _old.Append(_new);

    /// <param name="deployment">The Deployment.</param>
    /// <param name="sets">Its ReplicaSets.</param>
    /// <param name="hasPodsBut">Whether pods are left of other ReplicaSets than the one with this uid.</param>
    /// <param name="now">The time.</param>
    public static DeploymentPlan Plan(DeploymentFacts deployment, IEnumerable<ReplicaSetFacts> sets, Func<string?, bool> hasPodsBut, DateTimeOffset now) =>
        new DeploymentPlanner(deployment, sets, hasPodsBut, now).Plan();

    private DeploymentPlan Plan()
    {
        if (_deployment.IsDeleting)
        {
            return Finish(DeploymentProgress.Count(_deployment, _status, All, _new, _now));
        }

        NotePause();
        if (_deployment.IsPaused || IsResized())
        {
            FindNew(create: false);
            new Scaling(_deployment, _new, _old).Run();
            if (_deployment.IsPaused)
            {
                Clean();
            }

            return Finish(DeploymentProgress.Count(_deployment, _status, All, _new, _now));
        }

        if (_deployment.IsRolling)
        {
            Roll();
        }
        else
        {
            Recreate();
        }

        return Finish(DeploymentProgress.Report(_deployment, _status, All, _new, _now));
    }

    private DeploymentPlan Finish(DeploymentStatus status) => new()
    {
        Sets = [.. All],
        Status = status,
        Revision = _revision,
        WakeAfter = DeploymentProgress.WakeAfter(_deployment, status, _now),
    };

    private void NotePause()
    {
        DeploymentCondition? progress = _status.Find(DeploymentCondition.Progressing);
        if (_deployment.ProgressDeadline is null || progress?.Reason == DeploymentProgress.TimedOut)
        {
            return;
        }

        bool isNoted = progress?.Reason == "DeploymentPaused";
        if (_deployment.IsPaused && !isNoted)
        {
            _status = _status.With(DeploymentCondition.Progressing, "Unknown", "DeploymentPaused", "Deployment is paused", _now);
        }
        else if (!_deployment.IsPaused && isNoted)
        {
            _status = _status.With(DeploymentCondition.Progressing, "Unknown", "DeploymentResumed", "Deployment is resumed", _now);
        }
    }

    /// <summary>Whether another size is wanted than the one that its sets were made for.</summary>
    private bool IsResized() => All.Any(set => set.Replicas > 0
        && set.Annotations.TryGetValue(RolloutSet.DesiredReplicas, out string? desired)
        && desired != _deployment.Replicas.ToString(CultureInfo.InvariantCulture));

    /// <summary>Brings the set of the present template up to date, or plans a new one.</summary>
    private void FindNew(bool create)
    {
        int revision = _old.Select(set => set.Number).DefaultIfEmpty().Max() + 1;
        bool hasDeadline = _deployment.ProgressDeadline is not null;
        if (_new is not null)
        {
            _new.Annotate(_deployment, revision);
            _new.MinReadySeconds = _deployment.MinReadySeconds;
            ShowRevision(_new);
            if (hasDeadline && _status.Find(DeploymentCondition.Progressing) is null)
            {
                _status = _status.With(DeploymentCondition.Progressing, "True", "FoundNewReplicaSet", $"Found new replica set \"{_new.Name}\"", _now);
            }
        }
        else if (create)
        {
            _new = new RolloutSet($"{_deployment.Name}-{_deployment.Template.Hash(_status.Collisions ?? 0)}") { MinReadySeconds = _deployment.MinReadySeconds };
            _new.Replicas = DeploymentSizes.OfNew(_deployment, All, _new);
            _new.Annotate(_deployment, revision);
            _new.NoteSize(_deployment);
            ShowRevision(_new);
            if (hasDeadline)
            {
                _status = _status.With(DeploymentCondition.Progressing, "True", "NewReplicaSetCreated", $"Created new replica set \"{_new.Name}\"", _now);
            }
        }
    }

    private void ShowRevision(RolloutSet set)
    {
        string revision = set.Annotations[RolloutSet.Revision];
        _revision = _deployment.Annotations.GetValueOrDefault(RolloutSet.Revision) == revision ? null : revision;
    }

    private void Roll()
    {
        FindNew(create: true);
        bool isNewScaled = _new!.Scale(Math.Min(DeploymentSizes.OfNew(_deployment, All, _new), _deployment.Replicas), _deployment);
        if (!isNewScaled && !ScaleOldDown() && DeploymentProgress.IsComplete(_deployment, _status))
        {
            Clean();
        }
    }

    private void Recreate()
    {
        FindNew(create: false);
        bool isScaledDown = false;
        foreach (RolloutSet set in _old)
        {
            isScaledDown |= set.Scale(0, _deployment);
        }

        if (isScaledDown || _hasOldPods)
        {
            return;
        }

        FindNew(create: true);
        _new!.Scale(_deployment.Replicas, _deployment);
        if (DeploymentProgress.IsComplete(_deployment, _status))
        {
            Clean();
        }
    }

    /// <summary>Takes from the old sets what the new one has made dispensable: pods that are not available first.</summary>
    private bool ScaleOldDown()
    {
        List<RolloutSet> active = [.. _old.Where(set => set.Replicas > 0)];
        int least = _deployment.Replicas - _deployment.MaxUnavailable;
        int dispensable = All.Sum(set => set.Replicas) - least - (_new!.Replicas - _new.Available);
        if (active.Count == 0 || dispensable <= 0)
        {
            return false;
        }

        int taken = Take(active, dispensable, set => set.Replicas - set.Available);
        int surplus = All.Sum(set => set.Available) - least;
        return taken + (surplus > 0 ? Take(active, surplus, set => set.Replicas) : 0) > 0;
    }

    private int Take(List<RolloutSet> sets, int most, Func<RolloutSet, int> offer)
    {
        int taken = 0;
        foreach (RolloutSet set in sets)
        {
            int count = Math.Min(most - taken, Math.Max(0, offer(set)));
            if (count > 0 && set.Scale(set.Replicas - count, _deployment))
            {
                taken += count;
            }
        }

        return taken;
    }

    /// <summary>Gives up the oldest sets beyond the wanted history, when nothing of them is left.</summary>
    private void Clean()
    {
        List<RolloutSet> kept = [.. _old.Where(set => !set.Stored!.IsDeleting).OrderBy(set => set.Number)];
        foreach (RolloutSet set in kept.Take(kept.Count - (_deployment.HistoryLimit ?? kept.Count)))
        {
            set.IsObsolete = set is { Seen: 0, Replicas: 0 } && set.Stored!.Generation <= set.Stored.ObservedGeneration;
        }
    }
}
