using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Rules.Pods;

/// <summary>Validates volumes and their mounts.</summary>
internal static class VolumeValidation
{
    private static readonly string[] Fields = ["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"];

    private static readonly string[] HostPathTypes = ["", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"];

    private const int ShortestTokenLife = 600;

    /// <summary>The names of the volumes.</summary>
    public static HashSet<string> Volumes(JsonObject spec, string path, List<FieldProblem> problems)
    {
        HashSet<string> names = new(StringComparer.Ordinal);
        foreach ((int index, JsonObject volume) in spec.Items("volumes"))
        {
            string at = PodValidation.At(path, index);
            string name = volume.Text("name");
            if (name.Length == 0)
            {
                problems.Required($"{at}.name");
            }
            else
            {
                problems.Invalid($"{at}.name", name, Names.Label(name));
            }

            if (name.Length > 0 && !names.Add(name))
            {
                problems.Duplicate($"{at}.name", name);
            }

            Sources(volume, at, problems);
        }

        return names;
    }

    public static void Mounts(JsonObject container, string path, HashSet<string> volumes, List<FieldProblem> problems)
    {
        HashSet<string> paths = new(StringComparer.Ordinal);
        foreach ((int index, JsonObject mount) in container.Items("volumeMounts"))
        {
            string at = PodValidation.At(path, index);
            string name = mount.Text("name");
            if (name.Length == 0)
            {
                problems.Required($"{at}.name");
            }

            if (!volumes.Contains(name))
            {
                problems.NotFound($"{at}.name", name);
            }

            string target = mount.Text("mountPath");
            if (target.Length == 0)
            {
                problems.Required($"{at}.mountPath");
            }
            else if (!paths.Add(target))
            {
                problems.Invalid($"{at}.mountPath", target, ["must be unique"]);
            }

            SubPath(mount.Text("subPath"), $"{at}.subPath", problems);
            SubPath(mount.Text("subPathExpr"), $"{at}.subPathExpr", problems);
            Propagation(mount, container, $"{at}.mountPropagation", problems);
            if (mount.Text("subPath").Length > 0 && mount.Text("subPathExpr").Length > 0)
            {
                problems.Invalid($"{at}.subPathExpr", mount.Text("subPathExpr"), ["subPathExpr and subPath are mutually exclusive"]);
            }
        }
    }

    private static void Propagation(JsonObject mount, JsonObject container, string path, List<FieldProblem> problems)
    {
        problems.OneOf(path, mount["mountPropagation"], required: false, "Bidirectional", "HostToContainer", "None");
        if (mount.Text("mountPropagation") == "Bidirectional" && !container.Map("securityContext").IsTrue("privileged"))
        {
            problems.Forbidden(path, "Bidirectional mount propagation is available only to privileged containers");
        }
    }

    private static void SubPath(string path, string at, List<FieldProblem> problems)
    {
        if (path.StartsWith('/'))
        {
            problems.Invalid(at, path, ["must be a relative path"]);
        }

        if (path.Split('/').Contains(".."))
        {
            problems.Invalid(at, path, ["must not contain '..'"]);
        }
    }

    private static void Sources(JsonObject volume, string path, List<FieldProblem> problems)
    {
        string[] sources = [.. volume.Where(pair => pair.Key != "name" && pair.Value is not null).Select(pair => pair.Key)];
        if (sources.Length == 0)
        {
            problems.Required(path, "must specify a volume type");
        }

        foreach (string extra in sources.Skip(1))
        {
            problems.Forbidden($"{path}.{extra}", "may not specify more than 1 volume type");
        }

        Need(volume, "secret", "secretName", path, problems);
        Need(volume, "configMap", "name", path, problems);
        Need(volume, "persistentVolumeClaim", "claimName", path, problems);
        Need(volume, "hostPath", "path", path, problems);
        if (volume.Map("hostPath").Text("path").Split('/').Contains(".."))
        {
            problems.Invalid($"{path}.hostPath.path", volume.Map("hostPath").Text("path"), ["must not contain '..'"]);
        }

        if (volume.Map("hostPath") is { } host && !HostPathTypes.Contains(host.Text("type")))
        {
            problems.NotSupported($"{path}.hostPath.type", host["type"], HostPathTypes);
        }

        if (Amounts.Parse(volume.Map("emptyDir")?["sizeLimit"]) is { Nanos.Sign: < 0 })
        {
            problems.Forbidden($"{path}.emptyDir.sizeLimit", "SizeLimit field must be a valid resource quantity");
        }

        foreach (string kind in (string[])["secret", "configMap"])
        {
            Items(volume.Map(kind), $"{path}.{kind}", problems);
        }

        Files(volume.Map("downwardAPI"), $"{path}.downwardAPI", problems);
        Projections(volume, path, problems);
    }

    private static void Projections(JsonObject volume, string path, List<FieldProblem> problems)
    {
        foreach ((int index, JsonObject source) in volume.Map("projected").Items("sources"))
        {
            string at = PodValidation.At($"{path}.projected.sources", index);
            Need(source, "secret", "name", at, problems);
            Need(source, "configMap", "name", at, problems);
            if (source.Map("serviceAccountToken") is { } token && (token.Integer("expirationSeconds") ?? 3600) < ShortestTokenLife)
            {
                problems.Invalid($"{at}.serviceAccountToken.expirationSeconds", token["expirationSeconds"], "may not specify a duration less than 10 minutes");
            }

            Need(source, "serviceAccountToken", "path", at, problems);
            if (source.Count(kind => kind.Value is not null) > 1)
            {
                problems.Forbidden(at, "may not specify more than 1 volume type");
            }

            Items(source.Map("secret"), $"{at}.secret", problems);
            Items(source.Map("configMap"), $"{at}.configMap", problems);
            Files(source.Map("downwardAPI"), $"{at}.downwardAPI", problems);
        }
    }

    private static void Need(JsonObject parent, string source, string field, string path, List<FieldProblem> problems)
    {
        if (parent.Map(source) is { } present && present.Text(field).Length == 0)
        {
            problems.Required($"{path}.{source}.{field}");
        }
    }

    private static void Items(JsonObject? source, string path, List<FieldProblem> problems)
    {
        Mode(source, $"{path}.defaultMode", "defaultMode", problems);
        foreach ((int index, JsonObject item) in source.Items("items"))
        {
            string at = PodValidation.At($"{path}.items", index);
            if (item.Text("key").Length == 0)
            {
                problems.Required($"{at}.key");
            }

            RelativePath(item.Text("path"), $"{at}.path", problems);
            Mode(item, $"{at}.mode", "mode", problems);
        }
    }

    private static void Files(JsonObject? source, string path, List<FieldProblem> problems)
    {
        foreach ((int index, JsonObject file) in source.Items("items"))
        {
            string at = PodValidation.At($"{path}.items", index);
            RelativePath(file.Text("path"), $"{at}.path", problems);
            JsonObject? resource = file.Map("resourceFieldRef");
            if (file.Map("fieldRef") is { } field)
            {
                EnvironmentValidation.FieldReference(field, $"{at}.fieldRef", Fields, problems);
                if (resource is not null)
                {
                    problems.Invalid(at, "resource", ["fieldRef and resourceFieldRef can not be specified simultaneously"]);
                }
            }
            else if (resource is not null)
            {
                EnvironmentValidation.ResourceReference(resource, $"{at}.resourceFieldRef", namesContainer: true, problems);
            }
            else
            {
                problems.Required(at, "one of fieldRef and resourceFieldRef is required");
            }

            Mode(file, $"{at}.mode", "mode", problems);
        }
    }

    private static void RelativePath(string path, string at, List<FieldProblem> problems)
    {
        if (path.Length == 0)
        {
            problems.Required(at);
        }

        SubPath(path, at, problems);
    }

    private static void Mode(JsonObject? source, string at, string field, List<FieldProblem> problems)
    {
        if (source.Integer(field) is < 0 or > 511)
        {
            problems.Invalid(at, source![field], "must be a number between 0 and 0777 (octal), both inclusive");
        }
    }
}
