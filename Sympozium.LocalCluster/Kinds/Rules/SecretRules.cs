using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Rules;

/// <summary>Secret: stringData becomes data, some types need certain keys.</summary>
internal sealed class SecretRules : KindRules
{
    private const long MaxBytes = 1024 * 1024;

    public override void ApplyDefaults(JsonObject obj)
    {
        if (obj["stringData"] is JsonObject texts)
        {
            obj.Remove("stringData");
            JsonObject data = obj.Ensure("data");
            foreach ((string key, JsonNode? value) in texts)
            {
                data[key] = Convert.ToBase64String(Encoding.UTF8.GetBytes(GoJson.Text(value) ?? ""));
            }

            if (data.Count == 0)
            {
                obj.Remove("data");
            }
        }

        obj.Default("type", "Opaque");
    }

    public override void PrepareForUpdate(JsonObject obj, JsonObject old)
    {
        // The type given at creation stays when an update says nothing of it.
        if (obj.Text("type").Length == 0)
        {
            obj["type"] = old["type"]?.DeepClone();
        }
    }

    public override void Validate(JsonObject obj, JsonObject? old, List<FieldProblem> problems)
    {
        JsonObject data = obj.Map("data") ?? [];
        long bytes = 0;
        foreach ((string key, JsonNode? value) in data)
        {
            problems.Invalid($"data[{key}]", key, Names.ConfigKey(key));
            bytes += DataRules.DecodedLength(value);
        }

        if (bytes > MaxBytes)
        {
            problems.TooLong("data", MaxBytes);
        }

        NeededKeys(obj, data, problems);
        if (old is not null)
        {
            problems.Immutable("type", obj["type"], old["type"]);
        }

        DataRules.Immutable(obj, old, problems, "data");
    }

    private static void NeededKeys(JsonObject obj, JsonObject data, List<FieldProblem> problems)
    {
        switch (obj.Text("type"))
        {
            case "kubernetes.io/service-account-token" when obj.Map("metadata").Map("annotations").Text("kubernetes.io/service-account.name").Length == 0:
                problems.Required("metadata.annotations[kubernetes.io/service-account.name]");
                break;
            case "kubernetes.io/dockerconfigjson":
                NeedJson(".dockerconfigjson", data, problems);
                break;
            case "kubernetes.io/dockercfg":
                NeedJson(".dockercfg", data, problems);
                break;
            case "kubernetes.io/basic-auth" when !data.ContainsKey("username") && !data.ContainsKey("password"):
                problems.Required("data[username]");
                problems.Required("data[password]");
                break;
            case "kubernetes.io/ssh-auth" when data.Text("ssh-privatekey").Length == 0:
                problems.Required("data[ssh-privatekey]");
                break;
            case "kubernetes.io/tls":
                foreach (string key in (string[])["tls.crt", "tls.key"])
                {
                    if (!data.ContainsKey(key))
                    {
                        problems.Required($"data[{key}]");
                    }
                }

                break;
        }
    }

    private static void NeedJson(string key, JsonObject data, List<FieldProblem> problems)
    {
        if (!data.ContainsKey(key))
        {
            problems.Required($"data[{key}]");
            return;
        }

        try
        {
            JsonDocument.Parse(Convert.FromBase64String(data.Text(key))).Dispose();
        }
        catch (JsonException)
        {
            problems.Add(new FieldProblem($"data[{key}]", ProblemReasons.Invalid, "Invalid value: \"<secret contents redacted>\": not valid JSON"));
        }
    }
}
