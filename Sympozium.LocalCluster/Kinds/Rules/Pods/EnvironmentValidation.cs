using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Rules.Pods;

/// <summary>Validates environment variables and their sources.</summary>
internal static class EnvironmentValidation
{
    private static readonly string[] Sources = ["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"];

    private static readonly string[] Fields =
    [
        "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP",
        "status.podIPs",
    ];

    // What the downward API can say at all; env and volumes each support a part of it.
    private static readonly string[] Convertible =
    [
        "metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.restartPolicy",
        "spec.schedulerName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.phase", "status.podIP", "status.podIPs",
    ];

    private static readonly string[] Resources =
        ["limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage", "requests.memory"];

    private static readonly string[] Divisors = ["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"];

    public static void Variables(JsonObject container, string path, List<FieldProblem> problems)
    {
        foreach ((int index, JsonObject variable) in container.Items("env"))
        {
            string at = PodValidation.At($"{path}.env", index);
            string name = variable.Text("name");
            if (name.Length == 0)
            {
                problems.Required($"{at}.name");
            }
            else
            {
                problems.Invalid($"{at}.name", name, Names.EnvironmentName(name));
            }

            if (variable.Map("valueFrom") is { } source)
            {
                Source(variable, source, $"{at}.valueFrom", problems);
            }
        }

        foreach ((int index, JsonObject source) in container.Items("envFrom"))
        {
            Whole(source, PodValidation.At($"{path}.envFrom", index), problems);
        }
    }

    private static void Source(JsonObject variable, JsonObject source, string path, List<FieldProblem> problems)
    {
        int count = Sources.Count(name => source[name] is not null);
        if (variable.Text("value").Length > 0)
        {
            if (count > 0)
            {
                problems.Invalid(path, "", ["may not be specified when `value` is not empty"]);
            }
        }
        else if (count != 1)
        {
            string must = $"must specify one of: `{string.Join("`, `", Sources.SkipLast(1))}`";
            problems.Invalid(path, "", [count == 0 ? $"{must} or `fileKeyRef`" : "may not have more than one field specified at a time"]);
        }

        if (source.Map("fieldRef") is { } field)
        {
            FieldReference(field, $"{path}.fieldRef", Fields, problems);
        }

        foreach (string kind in (string[])["configMapKeyRef", "secretKeyRef"])
        {
            if (source.Map(kind) is not { } reference)
            {
                continue;
            }

            problems.Invalid($"{path}.{kind}.name", reference.Text("name"), Names.Subdomain(reference.Text("name")));
            string key = reference.Text("key");
            if (key.Length == 0)
            {
                problems.Required($"{path}.{kind}.key");
            }
            else
            {
                problems.Invalid($"{path}.{kind}.key", key, Names.ConfigKey(key));
            }
        }

        if (source.Map("resourceFieldRef") is { } resource)
        {
            ResourceReference(resource, $"{path}.resourceFieldRef", namesContainer: false, problems);
        }
    }

    /// <param name="reference">Names a request or limit of a container.</param>
    /// <param name="path">Where it is.</param>
    /// <param name="namesContainer">Whether it must say of which container.</param>
    /// <param name="problems">Takes what is wrong.</param>
    public static void ResourceReference(JsonObject reference, string path, bool namesContainer, List<FieldProblem> problems)
    {
        string resource = reference.Text("resource");
        if (namesContainer && reference.Text("containerName").Length == 0)
        {
            problems.Required($"{path}.containerName");
        }
        else if (resource.Length == 0)
        {
            problems.Required($"{path}.resource");
        }
        else if (!Resources.Contains(resource) && !resource.Contains(".hugepages-", StringComparison.Ordinal))
        {
            problems.NotSupported($"{path}.resource", resource, Resources);
        }

        string divisor = reference.Text("divisor");
        if (divisor is "" or "0")
        {
            return;
        }

        string unit = resource.Split('.')[^1];
        if (unit == "cpu" && divisor is not ("1" or "1m"))
        {
            problems.Invalid($"{path}.divisor", resource, ["only divisor's values 1m and 1 are supported with the cpu resource"]);
        }
        else if (unit is "memory" or "ephemeral-storage" && !Divisors.Contains(divisor))
        {
            string what = unit == "memory" ? "memory" : "local ephemeral storage";
            problems.Invalid($"{path}.divisor", resource, [$"only divisor's values {string.Join(", ", Divisors)} are supported with the {what} resource"]);
        }
    }

    public static void FieldReference(JsonObject reference, string path, IReadOnlyList<string> supported, List<FieldProblem> problems)
    {
        string field = reference.Text("fieldPath");
        if (field.Length == 0)
        {
            problems.Required($"{path}.fieldPath");
            return;
        }

        int bracket = field.IndexOf("['", StringComparison.Ordinal);
        bool hasSubscript = bracket > 0 && field.EndsWith("']", StringComparison.Ordinal);
        if (hasSubscript)
        {
            string key = field[(bracket + 2)..^2];
            switch (field[..bracket])
            {
                case "metadata.annotations":
                    problems.Invalid(path, key.ToLowerInvariant(), Names.QualifiedName(key.ToLowerInvariant()));
                    break;
                case "metadata.labels":
                    problems.Invalid(path, key, Names.QualifiedName(key));
                    break;
                default:
                    problems.Invalid($"{path}.fieldPath", field, [$"error converting fieldPath: field label does not support subscript: {field}"]);
                    break;
            }
        }
        else if (!Convertible.Contains(field))
        {
            problems.Invalid($"{path}.fieldPath", field, [$"error converting fieldPath: field label not supported: {field}"]);
        }
        else if (!supported.Contains(field))
        {
            problems.NotSupported($"{path}.fieldPath", field, supported);
        }
    }

    private static void Whole(JsonObject source, string path, List<FieldProblem> problems)
    {
        if (source.Text("prefix") is { Length: > 0 } prefix)
        {
            problems.Invalid($"{path}.prefix", prefix, Names.EnvironmentName(prefix));
        }

        JsonObject? map = source.Map("configMapRef");
        JsonObject? secret = source.Map("secretRef");
        if (map is null == secret is null)
        {
            problems.Invalid(path, "", [map is null ? "must specify one of: `configMapRef` or `secretRef`" : "may not have more than one field specified at a time"]);
        }

        foreach ((string kind, JsonObject? named) in ((string, JsonObject?)[])[("configMapRef", map), ("secretRef", secret)])
        {
            if (named is null)
            {
                continue;
            }

            string name = named.Text("name");
            if (name.Length == 0)
            {
                problems.Required($"{path}.{kind}.name");
            }
            else
            {
                problems.Invalid($"{path}.{kind}.name", name, Names.Subdomain(name));
            }
        }
    }
}
