using System.Globalization;
using Sympozium.LocalCluster.ReplicaSets;

namespace Sympozium.LocalCluster.Deployments;

/// <summary>
/// One ReplicaSet of a Deployment while the Deployment's next step is planned: what is stored, and what shall be stored.
/// </summary>
internal sealed class RolloutSet
{
    public const string Revision = "deployment.kubernetes.io/revision";
    public const string RevisionHistory = "deployment.kubernetes.io/revision-history";
    public const string DesiredReplicas = "deployment.kubernetes.io/desired-replicas";
    public const string MaxReplicas = "deployment.kubernetes.io/max-replicas";

    /// <summary>Annotations of a Deployment that are not its ReplicaSets'.</summary>
    private static readonly string[] OwnAnnotations =
    [
        "kubectl.kubernetes.io/last-applied-configuration", "deprecated.deployment.rollback.to", Revision, RevisionHistory, DesiredReplicas, MaxReplicas,
    ];

    private readonly Dictionary<string, string> _annotations;

    /// <summary>One that exists.</summary>
    public RolloutSet(ReplicaSetFacts stored)
    {
        Stored = stored;
        Replicas = stored.Replicas;
        MinReadySeconds = (int)stored.MinReady.TotalSeconds;
        _annotations = new Dictionary<string, string>(stored.Annotations, StringComparer.Ordinal);
    }

    /// <summary>One that is to be made.</summary>
    public RolloutSet(string name)
    {
        NewName = name;
        _annotations = new Dictionary<string, string>(StringComparer.Ordinal);
    }

    /// <summary>Null when it does not exist yet.</summary>
    public ReplicaSetFacts? Stored { get; }

    public string NewName { get; } = "";

    public string Name => Stored?.Name ?? NewName;

    public int Replicas { get; set; }

    public int MinReadySeconds { get; set; }

    public bool IsObsolete { get; set; }

    public IReadOnlyDictionary<string, string> Annotations => _annotations;

    public int Seen => Stored?.Seen ?? 0;

    public int Available => Stored?.Available ?? 0;

    public int Number => DeploymentFacts.Number(_annotations, Revision);

    public DateTimeOffset CreatedAt => Stored?.CreatedAt ?? DateTimeOffset.MaxValue;

    /// <summary>Whether what is stored differs from what shall be.</summary>
    public bool IsChanged => Stored is not null
        && (Stored.Replicas != Replicas || (int)Stored.MinReady.TotalSeconds != MinReadySeconds || !AreSame(Stored.Annotations, _annotations));

    /// <summary>Takes over the Deployment's annotations and the number of the revision that this set is now.</summary>
    public void Annotate(DeploymentFacts deployment, int revision)
    {
        foreach ((string name, string value) in deployment.Annotations)
        {
            if (!OwnAnnotations.Contains(name))
            {
                _annotations[name] = value;
            }
        }

        if (_annotations.TryGetValue(Revision, out string? before))
        {
            if (Number >= revision)
            {
                return;
            }

            // Going back to an old revision gives it a new number; the old ones are kept for people.
            _annotations[RevisionHistory] = _annotations.TryGetValue(RevisionHistory, out string? history) && history.Length > 0 ? $"{history},{before}" : before;
        }

        _annotations[Revision] = revision.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Notes for later scaling which size the Deployment had.</summary>
    public void NoteSize(DeploymentFacts deployment)
    {
        _annotations[DesiredReplicas] = deployment.Replicas.ToString(CultureInfo.InvariantCulture);
        _annotations[MaxReplicas] = (deployment.Replicas + deployment.MaxSurge).ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Gives it another size; false when it has that already.</summary>
    public bool Scale(int replicas, DeploymentFacts deployment)
    {
        if (Replicas == replicas)
        {
            return false;
        }

        Replicas = replicas;
        NoteSize(deployment);
        return true;
    }

    private static bool AreSame(IReadOnlyDictionary<string, string> left, Dictionary<string, string> right) =>
        left.Count == right.Count && left.All(pair => right.TryGetValue(pair.Key, out string? value) && value == pair.Value);
}
