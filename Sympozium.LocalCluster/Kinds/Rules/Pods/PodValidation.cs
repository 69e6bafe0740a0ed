using System.Globalization;
using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Rules.Pods;

/// <summary>Validates a pod's spec, in pods and in pod templates.</summary>
internal static class PodValidation
{
    public static void Spec(JsonObject spec, string path, List<FieldProblem> problems)
    {
        HashSet<string> volumes = VolumeValidation.Volumes(spec, $"{path}.volumes", problems);
        HashSet<string> names = new(StringComparer.Ordinal);
        if (spec["containers"] is not JsonArray { Count: > 0 })
        {
            problems.Required($"{path}.containers");
        }

        foreach ((int index, JsonObject container) in spec.Items("containers"))
        {
            string at = At($"{path}.containers", index);
            ContainerValidation.Container(container, at, volumes, names, spec.Integer("terminationGracePeriodSeconds"), problems);
            problems.OneOf($"{at}.restartPolicy", container["restartPolicy"], required: false, "Always", "Never", "OnFailure");
        }

        foreach ((int index, JsonObject container) in spec.Items("initContainers"))
        {
            string at = At($"{path}.initContainers", index);
            ContainerValidation.Container(container, at, volumes, names, spec.Integer("terminationGracePeriodSeconds"), problems);
            problems.OneOf($"{at}.restartPolicy", container["restartPolicy"], required: false, "Always", "Never", "OnFailure");
            ContainerValidation.OnlyForSidecars(container, at, problems);
        }

        if (spec.IsTrue("hostNetwork"))
        {
            HostPorts(spec, path, problems);
        }

        problems.OneOf($"{path}.restartPolicy", spec["restartPolicy"], required: true, "Always", "OnFailure", "Never");
        problems.OneOf($"{path}.dnsPolicy", spec["dnsPolicy"], required: true, "ClusterFirst", "ClusterFirstWithHostNet", "Default", "None");
        Numbers(spec, path, problems);
        Identity(spec, path, problems);
        PlacementValidation.Validate(spec, path, problems);
        SecurityValidation.Pod(spec.Map("securityContext"), $"{path}.securityContext", problems);
        foreach ((int index, JsonObject toleration) in spec.Items("tolerations"))
        {
            Toleration(toleration, At($"{path}.tolerations", index), problems);
        }
    }

    public static string At(string list, int index) => string.Create(CultureInfo.InvariantCulture, $"{list}[{index}]");

    private static void HostPorts(JsonObject spec, string path, List<FieldProblem> problems)
    {
        foreach ((int index, JsonObject container) in spec.Items("containers"))
        {
            foreach ((int number, JsonObject port) in container.Items("ports"))
            {
                if (port.Integer("hostPort") is { } host && host != port.Integer("containerPort"))
                {
                    string at = At($"{At($"{path}.containers", index)}.ports", number);
                    problems.Invalid($"{at}.containerPort", port["containerPort"], "must match `hostPort` when `hostNetwork` is true");
                }
            }
        }
    }

    private static void Numbers(JsonObject spec, string path, List<FieldProblem> problems)
    {
        if (spec.Integer("activeDeadlineSeconds") is { } deadline && deadline is < 1 or > int.MaxValue)
        {
            problems.Invalid($"{path}.activeDeadlineSeconds", spec["activeDeadlineSeconds"], "must be between 1 and 2147483647, inclusive");
        }

        problems.NotNegative($"{path}.terminationGracePeriodSeconds", spec["terminationGracePeriodSeconds"]);
    }

    private static void Identity(JsonObject spec, string path, List<FieldProblem> problems)
    {
        if (spec.Text("serviceAccountName") is { Length: > 0 } account)
        {
            problems.Invalid($"{path}.serviceAccountName", account, Names.Subdomain(account));
        }

        if (spec.Text("nodeName") is { Length: > 0 } node)
        {
            problems.Invalid($"{path}.nodeName", node, Names.Subdomain(node));
        }

        if (spec.Text("hostname") is { Length: > 0 } host)
        {
            problems.Invalid($"{path}.hostname", host, Names.Label(host));
        }

        if (spec.Text("subdomain") is { Length: > 0 } subdomain)
        {
            problems.Invalid($"{path}.subdomain", subdomain, Names.Label(subdomain));
        }

        MetadataRules.Labels(spec.Map("nodeSelector"), $"{path}.nodeSelector", problems);
    }

    private static void Toleration(JsonObject toleration, string path, List<FieldProblem> problems)
    {
        string key = toleration.Text("key");
        if (key.Length > 0)
        {
            problems.Invalid($"{path}.key", key, Names.QualifiedName(key));
        }
        else if (toleration.Text("operator") != "Exists")
        {
            problems.Invalid($"{path}.operator", toleration.Text("operator"), ["operator must be Exists when `key` is empty, which means \"match all values and all keys\""]);
        }

        if (toleration.Text("operator") == "Exists" && toleration.Text("value").Length > 0)
        {
            JsonObject shown = new()
            {
                ["Key"] = key,
                ["Operator"] = "Exists",
                ["Value"] = toleration.Text("value"),
                ["Effect"] = toleration.Text("effect"),
                ["TolerationSeconds"] = toleration["tolerationSeconds"]?.DeepClone(),
            };
            problems.Invalid($"{path}.operator", shown, "value must be empty when `operator` is 'Exists'");
        }

        if (toleration["tolerationSeconds"] is not null && toleration.Text("effect") != "NoExecute")
        {
            problems.Invalid($"{path}.effect", toleration.Text("effect"), ["effect must be 'NoExecute' when `tolerationSeconds` is set"]);
        }

        problems.OneOf($"{path}.operator", toleration["operator"], required: false, "Equal", "Exists", "Gt", "Lt");
        problems.OneOf($"{path}.effect", toleration["effect"], required: false, "NoSchedule", "PreferNoSchedule", "NoExecute");
    }
}
