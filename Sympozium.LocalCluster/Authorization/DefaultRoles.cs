using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Authorization;

/// <summary>
/// The ClusterRoles and ClusterRoleBindings that every cluster has, as Kubernetes 1.36 defines them; without those of components
/// that a local cluster does not consist of (nodes, schedulers, controllers).
/// </summary>
internal static class DefaultRoles
{
    public const string UpdateAnnotation = "rbac.authorization.kubernetes.io/autoupdate";

    private const string Rbac = RoleIndex.Group;
    private const string Aggregate = "rbac.authorization.k8s.io/aggregate-to-";

    private static readonly string[] Read = ["get", "list", "watch"];
    private static readonly string[] Write = ["create", "delete", "deletecollection", "patch", "update"];
    private static readonly string[] ReadWrite = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

    public static IReadOnlyList<JsonObject> ClusterRoles() =>
    [
        Role("cluster-admin", [On("*", ["*"], "*"), Path(["*"], "*")]),
        Gathered("admin", gathers: "admin", givesTo: null),
        Gathered("edit", gathers: "edit", givesTo: "admin"),
        Gathered("view", gathers: "view", givesTo: "edit"),
        Role("system:aggregate-to-admin", [
            On("authorization.k8s.io", ["localsubjectaccessreviews"], "create"),
            On(Rbac, ["rolebindings", "roles"], ReadWrite),
        ], givesTo: "admin"),
        Role("system:aggregate-to-edit", Edit(), givesTo: "edit"),
        Role("system:aggregate-to-view", View(), givesTo: "view"),
        Role("system:auth-delegator", [
            On("authentication.k8s.io", ["tokenreviews"], "create"),
            On("authorization.k8s.io", ["subjectaccessreviews"], "create"),
        ]),
        Role("system:basic-user", [
            On("authorization.k8s.io", ["selfsubjectaccessreviews", "selfsubjectrulesreviews"], "create"),
            On("authentication.k8s.io", ["selfsubjectreviews"], "create"),
        ]),
        Role("system:discovery", [
            Path(["/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/openapi", "/openapi/*", "/readyz", "/version", "/version/"], "get"),
        ]),
        Role("system:monitoring", [
            Path(["/healthz", "/healthz/*", "/livez", "/livez/*", "/metrics", "/metrics/slis", "/readyz", "/readyz/*"], "get"),
        ]),
        Role("system:public-info-viewer", [Path(["/healthz", "/livez", "/readyz", "/version", "/version/"], "get")]),
        Role("system:service-account-issuer-discovery", [Path(["/.well-known/openid-configuration", "/openid/v1/jwks"], "get")]),
    ];

    public static IReadOnlyList<JsonObject> ClusterRoleBindings() =>
    [
        Binding("cluster-admin", "system:masters"),
        Binding("system:basic-user", "system:authenticated"),
        Binding("system:discovery", "system:authenticated"),
        Binding("system:monitoring", "system:monitoring"),
        Binding("system:public-info-viewer", "system:authenticated", "system:unauthenticated"),
        Binding("system:service-account-issuer-discovery", "system:serviceaccounts"),
    ];

    private static JsonNode[] Edit() =>
    [
        On("", ["pods/attach", "pods/exec", "pods/portforward", "pods/proxy", "secrets", "services/proxy"], Read),
        On("", ["serviceaccounts"], "impersonate"),
        On("", ["pods", "pods/attach", "pods/exec", "pods/portforward", "pods/proxy"], Write),
        On("", ["pods/eviction"], "create"),
        On("", [
            "configmaps", "events", "persistentvolumeclaims", "replicationcontrollers", "replicationcontrollers/scale", "secrets", "serviceaccounts", "services",
            "services/proxy",
        ], Write),
        On("", ["serviceaccounts/token"], "create"),
        On("apps", [
            "daemonsets", "deployments", "deployments/rollback", "deployments/scale", "replicasets", "replicasets/scale", "statefulsets", "statefulsets/scale",
        ], Write),
        On("autoscaling", ["horizontalpodautoscalers"], Write),
        On("batch", ["cronjobs", "jobs"], Write),
        On("extensions", [
            "daemonsets", "deployments", "deployments/rollback", "deployments/scale", "ingresses", "networkpolicies", "replicasets", "replicasets/scale",
            "replicationcontrollers/scale",
        ], Write),
        On("policy", ["poddisruptionbudgets"], Write),
        On("networking.k8s.io", ["ingresses", "networkpolicies"], Write),
        On("coordination.k8s.io", ["leases"], ReadWrite),
    ];

    private static JsonNode[] View() =>
    [
        On("", [
            "configmaps", "endpoints", "persistentvolumeclaims", "persistentvolumeclaims/status", "pods", "replicationcontrollers",
            "replicationcontrollers/scale", "serviceaccounts", "services", "services/status",
        ], Read),
        On("", [
            "bindings", "events", "limitranges", "namespaces/status", "pods/log", "pods/status", "replicationcontrollers/status", "resourcequotas",
            "resourcequotas/status",
        ], Read),
        On("", ["namespaces"], Read),
        On("discovery.k8s.io", ["endpointslices"], Read),
        On("apps", [
            "controllerrevisions", "daemonsets", "daemonsets/status", "deployments", "deployments/scale", "deployments/status", "replicasets", "replicasets/scale",
            "replicasets/status", "statefulsets", "statefulsets/scale", "statefulsets/status",
        ], Read),
        On("autoscaling", ["horizontalpodautoscalers", "horizontalpodautoscalers/status"], Read),
        On("batch", ["cronjobs", "cronjobs/status", "jobs", "jobs/status"], Read),
        On("extensions", [
            "daemonsets", "daemonsets/status", "deployments", "deployments/scale", "deployments/status", "ingresses", "ingresses/status", "networkpolicies",
            "replicasets", "replicasets/scale", "replicasets/status", "replicationcontrollers/scale",
        ], Read),
        On("policy", ["poddisruptionbudgets", "poddisruptionbudgets/status"], Read),
        On("networking.k8s.io", ["ingresses", "ingresses/status", "networkpolicies"], Read),
    ];

    private static JsonObject Role(string name, JsonNode[] rules, string? givesTo = null) => new()
    {
        ["apiVersion"] = $"{Rbac}/v1",
        ["kind"] = "ClusterRole",
        ["metadata"] = Metadata(name, givesTo),
        ["rules"] = new JsonArray(rules),
    };

    private static JsonObject Gathered(string name, string gathers, string? givesTo)
    {
        JsonObject role = Role(name, [], givesTo);
        role["aggregationRule"] = new JsonObject
        {
            ["clusterRoleSelectors"] = new JsonArray(new JsonObject { ["matchLabels"] = new JsonObject { [Aggregate + gathers] = "true" } }),
        };
        return role;
    }

    private static JsonObject Binding(string name, params string[] groups) => new()
    {
        ["apiVersion"] = $"{Rbac}/v1",
        ["kind"] = "ClusterRoleBinding",
        ["metadata"] = Metadata(name, null),
        ["roleRef"] = new JsonObject { ["apiGroup"] = Rbac, ["kind"] = "ClusterRole", ["name"] = name },
        ["subjects"] = new JsonArray([.. groups.Select(group => (JsonNode)new JsonObject { ["apiGroup"] = Rbac, ["kind"] = "Group", ["name"] = group })]),
    };

    private static JsonObject Metadata(string name, string? givesTo)
    {
        JsonObject labels = new() { ["kubernetes.io/bootstrapping"] = "rbac-defaults" };
        if (givesTo is not null)
        {
            labels[Aggregate + givesTo] = "true";
        }

        return new JsonObject { ["name"] = name, ["annotations"] = new JsonObject { [UpdateAnnotation] = "true" }, ["labels"] = labels };
    }

    private static JsonObject On(string group, string[] resources, params string[] verbs) =>
        new PolicyRule { Groups = [group], Resources = resources, Verbs = verbs }.ToJson();

    private static JsonObject Path(string[] urls, params string[] verbs) => new PolicyRule { Urls = urls, Verbs = verbs }.ToJson();
}
