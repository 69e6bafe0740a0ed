using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds.Rules.Apps;
using Sympozium.LocalCluster.Kinds.Rules.Classes;
using Sympozium.LocalCluster.Kinds.Rules.Networking;
using Sympozium.LocalCluster.Kinds.Rules.Pods;
using Sympozium.LocalCluster.Kinds.Rules.Quotas;
using Sympozium.LocalCluster.Kinds.Rules.Webhooks;

namespace Sympozium.LocalCluster.Kinds.Rules;

/// <summary>What the server does to objects of one kind beyond its schema. The base class does nothing: custom kinds use it.</summary>
internal class KindRules
{
    private static readonly KindRules Plain = new();

    private static readonly Dictionary<(string Group, string Kind), KindRules> ByKind = new()
    {
        [("", "ConfigMap")] = new ConfigMapRules(),
        [("", "Event")] = new EventRules(isNew: false),
        [("events.k8s.io", "Event")] = new EventRules(isNew: true),
        [("", "Namespace")] = new NamespaceRules(),
        [("", "Endpoints")] = new EndpointsRules(),
        [("", "Node")] = new NodeRules(),
        [("", "PersistentVolume")] = new VolumeRules(),
        [("discovery.k8s.io", "EndpointSlice")] = new EndpointSliceRules(),
        [("", "PersistentVolumeClaim")] = new ClaimRules(),
        [("", "LimitRange")] = new LimitRangeRules(),
        [("", "Pod")] = new PodRules(),
        [("", "ResourceQuota")] = new QuotaRules(),
        [("", "Secret")] = new SecretRules(),
        [("", "Service")] = new ServiceRules(),
        [("admissionregistration.k8s.io", "MutatingWebhookConfiguration")] = new WebhookConfigurationRules(mutates: true),
        [("admissionregistration.k8s.io", "ValidatingWebhookConfiguration")] = new WebhookConfigurationRules(mutates: false),
        [("apps", "Deployment")] = new DeploymentRules(),
        [("apps", "ReplicaSet")] = new ReplicaSetRules(),
        [("autoscaling", "HorizontalPodAutoscaler")] = new AutoscalerRules(),
        [("batch", "Job")] = new JobRules(),
        [("coordination.k8s.io", "Lease")] = new LeaseRules(),
        [("networking.k8s.io", "NetworkPolicy")] = new NetworkPolicyRules(),
        [("node.k8s.io", "RuntimeClass")] = new RuntimeClassRules(),
        [("policy", "PodDisruptionBudget")] = new DisruptionBudgetRules(),
        [("scheduling.k8s.io", "PriorityClass")] = new PriorityClassRules(),
        [("storage.k8s.io", "StorageClass")] = new StorageClassRules(),
        [("rbac.authorization.k8s.io", "Role")] = new RoleRules(clusterWide: false),
        [("rbac.authorization.k8s.io", "ClusterRole")] = new RoleRules(clusterWide: true),
        [("rbac.authorization.k8s.io", "RoleBinding")] = new RoleBindingRules(clusterWide: false),
        [("rbac.authorization.k8s.io", "ClusterRoleBinding")] = new RoleBindingRules(clusterWide: true),
        [("apiextensions.k8s.io", "CustomResourceDefinition")] = new CrdRules(),
    };

    /// <summary>How the kind's names are spelled.</summary>
    public virtual NameForm Naming => NameForm.Subdomain;

    /// <summary>Whether a change of annotations is a new generation.</summary>
    public virtual bool CountsAnnotations => false;

    public static KindRules For(KindDefinition kind) =>
        !kind.IsCustom && ByKind.TryGetValue((kind.Type.Group, kind.Type.Kind), out KindRules? rules) ? rules : Plain;

    public virtual void ApplyDefaults(JsonObject obj)
    {
    }

    public virtual void PrepareForCreate(JsonObject obj)
    {
    }

    public virtual void PrepareForUpdate(JsonObject obj, JsonObject old)
    {
    }

    public virtual void Validate(JsonObject obj, JsonObject? old, List<FieldProblem> problems)
    {
    }

    /// <summary>Only the status was written.</summary>
    public virtual void ValidateStatus(JsonObject obj, JsonObject old, List<FieldProblem> problems)
    {
    }
}
