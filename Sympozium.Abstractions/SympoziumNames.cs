namespace Sympozium.Abstractions;

/// <summary>Names that stand in resources and are part of the public contract (labels, annotations, namespaces, accounts).</summary>
public static class SympoziumNames
{
    /// <summary>API group of all custom resources.</summary>
    public const string Group = "sympozium.ai";

    /// <summary>The one served version.</summary>
    public const string Version = "v1alpha1";

    /// <summary><see cref="Group"/>/<see cref="Version"/>.</summary>
    public const string ApiVersion = Group + "/" + Version;

    /// <summary>Namespace of the control plane and of resources shared by all namespaces.</summary>
    public const string SystemNamespace = "sympozium-system";

    /// <summary>ServiceAccount of agent pods; created in a run's namespace when absent.</summary>
    public const string AgentServiceAccount = "sympozium-agent";

    /// <summary>Label: name of the AgentRun that a Job, Pod, ConfigMap or Secret belongs to.</summary>
    public const string RunLabel = "sympozium.ai/agent-run";

    /// <summary>Label: name of the instance (SympoziumInstance or Agent).</summary>
    public const string InstanceLabel = "sympozium.ai/instance";

    /// <summary>Label: part of the product that an object is, for example <c>agent-run</c>.</summary>
    public const string ComponentLabel = "sympozium.ai/component";

    /// <summary>Label: role of a pod, for example <c>agent</c>; NetworkPolicies select by it.</summary>
    public const string RoleLabel = "sympozium.ai/role";

    /// <summary>Label on agent pods: <c>denied</c> when the pod may reach only the control plane, <c>allowed</c> otherwise.</summary>
    public const string EgressLabel = "sympozium.ai/egress";

    /// <summary>Value of <see cref="EgressLabel"/>: only the control plane is reachable.</summary>
    public const string EgressDenied = "denied";

    /// <summary>Value of <see cref="EgressLabel"/>: the network is open.</summary>
    public const string EgressAllowed = "allowed";

    /// <summary>Label: who created a run (<c>gateway</c>, <c>cli</c>, <c>schedule</c>, ...).</summary>
    public const string SourceLabel = "sympozium.ai/source";

    /// <summary>Label: first 16 hex digits of the hash that makes a gateway request idempotent.</summary>
    public const string RequestHashLabel = "sympozium.ai/request-hash";

    /// <summary>Annotation of a namespace: its policy, a name in the namespace or <c>namespace/name</c>.</summary>
    public const string PolicyAnnotation = "sympozium.ai/policy";

    /// <summary>Annotation of a run: what a person or system says of its gate, <c>approve</c>, <c>reject</c> or <c>rewrite</c>.</summary>
    public const string GateVerdictAnnotation = "sympozium.ai/gate-verdict";

    /// <summary>Name of the SympoziumConfig in <see cref="SystemNamespace"/> that is used.</summary>
    public const string ConfigName = "default";

    /// <summary>Annotation: W3C traceparent of what caused the run.</summary>
    public const string TraceParentAnnotation = "otel.dev/traceparent";

    /// <summary>Annotation: W3C tracestate that belongs to <see cref="TraceParentAnnotation"/>.</summary>
    public const string TraceStateAnnotation = "otel.dev/tracestate";
}
