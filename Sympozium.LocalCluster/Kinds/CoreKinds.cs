using Sympozium.Kubernetes.Api;

namespace Sympozium.LocalCluster.Kinds;

/// <summary>The built-in kinds that this server stores.</summary>
public static class CoreKinds
{
    private static readonly Dictionary<string, string> Packages = new(StringComparer.Ordinal)
    {
        [""] = "io.k8s.api.core.v1.",
        [AdmissionRegistration] = "io.k8s.api.admissionregistration.v1.",
        ["apps"] = "io.k8s.api.apps.v1.",
        ["batch"] = "io.k8s.api.batch.v1.",
        ["coordination.k8s.io"] = "io.k8s.api.coordination.v1.",
        ["discovery.k8s.io"] = "io.k8s.api.discovery.v1.",
        ["events.k8s.io"] = "io.k8s.api.events.v1.",
        ["networking.k8s.io"] = "io.k8s.api.networking.v1.",
        ["node.k8s.io"] = "io.k8s.api.node.v1.",
        ["policy"] = "io.k8s.api.policy.v1.",
        [Rbac] = "io.k8s.api.rbac.v1.",
        ["scheduling.k8s.io"] = "io.k8s.api.scheduling.v1.",
        ["storage.k8s.io"] = "io.k8s.api.storage.v1.",
        ["apiextensions.k8s.io"] = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.",
    };

    private const string AdmissionRegistration = "admissionregistration.k8s.io";
    private static readonly ScalePaths Replicas = new(".spec.replicas", ".status.replicas", ".spec.selector");

    private const string Rbac = "rbac.authorization.k8s.io";

    /// <summary>In the order in which discovery lists them.</summary>
    public static IReadOnlyList<KindDefinition> All { get; } =
    [
        Kind("", "v1", "configmaps", "ConfigMap", "cm"),
        Kind("", "v1", "endpoints", "Endpoints", "ep") with
        {
            DeprecationWarning = "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
        },
        Kind("", "v1", "events", "Event", "ev") with { SelectableFields = EventFields() },
        Kind("", "v1", "limitranges", "LimitRange", "limits"),
        Kind("", "v1", "namespaces", "Namespace", "ns") with
        {
            Type = new ResourceType("", "v1", "namespaces", "Namespace", Namespaced: false), HasStatus = true, SelectableFields = ["status.phase"],
        },
        Kind("", "v1", "nodes", "Node", "no") with { Type = CoreTypes.Nodes, HasStatus = true, SelectableFields = ["spec.unschedulable"] },
        Kind("", "v1", "persistentvolumes", "PersistentVolume", "pv") with { Type = CoreTypes.PersistentVolumes, HasStatus = true },
        Kind("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim", "pvc") with { HasStatus = true },
        Kind("", "v1", "pods", "Pod", "po") with { Categories = ["all"], HasStatus = true, SelectableFields = PodFields() },
        Kind("", "v1", "resourcequotas", "ResourceQuota", "quota") with { HasStatus = true },
        Kind("", "v1", "secrets", "Secret") with { SelectableFields = ["type"] },
        Kind("", "v1", "serviceaccounts", "ServiceAccount", "sa"),
        Kind("", "v1", "services", "Service", "svc") with { Categories = ["all"], HasStatus = true, SelectableFields = ["spec.clusterIP", "spec.type"] },
        Kind(AdmissionRegistration, "v1", "mutatingwebhookconfigurations", "MutatingWebhookConfiguration") with
        {
            Type = new ResourceType(AdmissionRegistration, "v1", "mutatingwebhookconfigurations", "MutatingWebhookConfiguration", Namespaced: false),
            Categories = ["api-extensions"],
        },
        Kind(AdmissionRegistration, "v1", "validatingwebhookconfigurations", "ValidatingWebhookConfiguration") with
        {
            Type = new ResourceType(AdmissionRegistration, "v1", "validatingwebhookconfigurations", "ValidatingWebhookConfiguration", Namespaced: false),
            Categories = ["api-extensions"],
        },
        Kind("apps", "v1", "deployments", "Deployment", "deploy") with { Categories = ["all"], HasStatus = true, Scale = Replicas },
        Kind("apps", "v1", "replicasets", "ReplicaSet", "rs") with { Categories = ["all"], HasStatus = true, Scale = Replicas },
        Kind("autoscaling", "v1", "horizontalpodautoscalers", "HorizontalPodAutoscaler", "hpa") with { Categories = ["all"], HasStatus = true },
        Kind("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", "hpa") with { Categories = ["all"], HasStatus = true },
        Kind("batch", "v1", "jobs", "Job") with { Categories = ["all"], HasStatus = true, SelectableFields = ["status.successful"] },
        Kind("coordination.k8s.io", "v1", "leases", "Lease"),
        Kind("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice"),
        Kind("events.k8s.io", "v1", "events", "Event", "ev") with { SelectableFields = NewEventFields() },
        Kind("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy", "netpol"),
        ClusterKind("node.k8s.io", "v1", "runtimeclasses", "RuntimeClass"),
        Kind("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget", "pdb") with { HasStatus = true },
        Kind(Rbac, "v1", "clusterrolebindings", "ClusterRoleBinding") with
        {
            Type = new ResourceType(Rbac, "v1", "clusterrolebindings", "ClusterRoleBinding", Namespaced: false),
        },
        Kind(Rbac, "v1", "clusterroles", "ClusterRole") with { Type = new ResourceType(Rbac, "v1", "clusterroles", "ClusterRole", Namespaced: false) },
        Kind(Rbac, "v1", "rolebindings", "RoleBinding"),
        Kind(Rbac, "v1", "roles", "Role"),
        ClusterKind("scheduling.k8s.io", "v1", "priorityclasses", "PriorityClass", "pc"),
        ClusterKind("storage.k8s.io", "v1", "storageclasses", "StorageClass", "sc"),
        Kind("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition", "crd", "crds") with
        {
            Type = CoreTypes.CustomResourceDefinitions, Categories = ["api-extensions"], HasStatus = true,
        },
    ];

    private static KindDefinition ClusterKind(string group, string version, string plural, string kind, params string[] shortNames) =>
        Kind(group, version, plural, kind, shortNames) with { Type = new ResourceType(group, version, plural, kind, Namespaced: false) };

    private static KindDefinition Kind(string group, string version, string plural, string kind, params string[] shortNames) => new()
    {
        Type = new ResourceType(group, version, plural, kind),
        Singular = kind.ToLowerInvariant(),
        ListKind = kind + "List",
        ShortNames = shortNames,
        Schema = CoreSchemas.Instance[(group == "autoscaling" ? $"io.k8s.api.autoscaling.{version}." : Packages[group]) + kind],
    };

    private static IReadOnlyList<string> EventFields() =>
    [
        "involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid", "involvedObject.apiVersion",
        "involvedObject.resourceVersion", "involvedObject.fieldPath", "reason", "reportingComponent", "source", "type",
    ];

    private static IReadOnlyList<string> NewEventFields() =>
    [
        "regarding.kind", "regarding.namespace", "regarding.name", "regarding.uid", "regarding.apiVersion", "regarding.resourceVersion",
        "regarding.fieldPath", "reason", "reportingController", "type",
    ];

    private static IReadOnlyList<string> PodFields() =>
    [
        "spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "spec.hostNetwork", "status.phase", "status.podIP",
        "status.podIPs", "status.nominatedNodeName",
    ];
}
