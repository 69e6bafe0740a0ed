using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Rules.Pods;

/// <summary>Validates volumes and their mounts.</summary>
internal static class VolumeValidation
{
    private static readonly string[] Fields = ["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"];

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
            if (mount.Text("subPath").Length > 0 && mount.Text("subPathExpr").Length > 0)
            {
                problems.Invalid($"{at}.subPathExpr", mount.Text("subPathExpr"), ["subPathExpr and subPath are mutually exclusive"]);
            }
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

        foreach (string kind in (string[])["secret", "configMap"])
        {
            Items(volume.Map(kind), $"{path}.{kind}", problems);
        }

        Files(volume.Map("downwardAPI"), $"{path}.downwardAPI", problems);
        foreach ((int index, JsonObject source) in volume.Map("projected").Items("sources"))
        {
            string at = PodValidation.At($"{path}.projected.sources", index);
            Need(source, "secret", "name", at, problems);
            Need(source, "configMap", "name", at, problems);
            Need(source, "serviceAccountToken", "path", at, problems);
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
            if (file.Map("fieldRef") is { } field)
            {
                EnvironmentValidation.FieldReference(field, $"{at}.fieldRef", Fields, problems);
            }
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
