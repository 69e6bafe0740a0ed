using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Rules.Pods;

/// <summary>What may be done to a pod's ephemeral containers: add some; those that are there stay as they are.</summary>
internal static class EphemeralContainerRules
{
    private const string Path = "spec.ephemeralContainers";

    private static readonly HashSet<string> Allowed = new(
        [
            "name", "image", "command", "args", "workingDir", "env", "envFrom", "volumeMounts", "volumeDevices", "terminationMessagePath", "terminationMessagePolicy",
            "imagePullPolicy", "securityContext", "stdin", "stdinOnce", "tty", "targetContainerName",
        ],
        StringComparer.Ordinal);

    public static void Validate(JsonObject now, JsonObject before, List<FieldProblem> problems)
    {
        HashSet<string> others = [.. now.Items("containers").Concat(now.Items("initContainers")).Select(container => container.Item.Text("name"))];
        HashSet<string> names = new(others, StringComparer.Ordinal);
        foreach ((int index, JsonObject container) in now.Items("ephemeralContainers"))
        {
            Container(container, PodValidation.At(Path, index), names, others, problems);
        }

        foreach ((_, JsonObject old) in before.Items("ephemeralContainers"))
        {
            string name = old.Text("name");
            JsonObject? kept = now.Items("ephemeralContainers").Select(container => container.Item).FirstOrDefault(container => container.Text("name") == name);
            if (kept is null)
            {
                problems.Forbidden(Path, $"existing ephemeral containers \"{name}\" may not be removed\n");
            }
            else if (!JsonNode.DeepEquals(kept, old))
            {
                problems.Forbidden(Path, $"existing ephemeral containers \"{name}\" may not be changed\n");
            }
        }
    }

    private static void Container(JsonObject container, string path, HashSet<string> names, HashSet<string> others, List<FieldProblem> problems)
    {
        string name = container.Text("name");
        if (name.Length == 0)
        {
            problems.Required($"{path}.name");
        }
        else if (!names.Add(name))
        {
            problems.Duplicate($"{path}.name", name);
        }
        else
        {
            problems.Invalid($"{path}.name", name, Names.Label(name));
        }

        if (container.Text("image").Trim().Length == 0)
        {
            problems.Required($"{path}.image");
        }

        if (container.Text("targetContainerName") is { Length: > 0 } target && !others.Contains(target))
        {
            problems.NotFound($"{path}.targetContainerName", target);
        }

        foreach (string field in container.Where(field => !Allowed.Contains(field.Key) && field.Value is not JsonObject { Count: 0 }).Select(field => field.Key))
        {
            problems.Forbidden($"{path}.{field}", "cannot be set for an Ephemeral Container");
        }
    }
}
