using System.Net;
using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Rules.Pods;

/// <summary>When and where a pod is placed, and what it knows of names and hosts.</summary>
internal static class PlacementValidation
{
    private const string Address = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
    private const int MostNameservers = 3;

    public static void Validate(JsonObject spec, string path, List<FieldProblem> problems)
    {
        AffinityValidation.Validate(spec.Map("affinity"), $"{path}.affinity", problems);
        Gates(spec, path, problems);
        Spread(spec, $"{path}.topologySpreadConstraints", problems);
        Names(spec, path, problems);
        foreach ((int index, JsonObject alias) in spec.Items("hostAliases"))
        {
            string at = PodValidation.At($"{path}.hostAliases", index);
            CheckAddress($"{at}.ip", alias["ip"], problems);
            int number = 0;
            foreach (JsonNode? host in alias["hostnames"] as JsonArray ?? [])
            {
                problems.Invalid(PodValidation.At($"{at}.hostnames", number++), GoJson.Text(host) ?? "", Rules.Names.Subdomain(GoJson.Text(host) ?? ""));
            }
        }
    }

    private static void Gates(JsonObject spec, string path, List<FieldProblem> problems)
    {
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach ((int index, JsonObject gate) in spec.Items("schedulingGates"))
        {
            string at = PodValidation.At($"{path}.schedulingGates", index);
            problems.Invalid(at, gate.Text("name"), Rules.Names.QualifiedName(gate.Text("name")));
            if (!seen.Add(gate.Text("name")))
            {
                problems.Duplicate(at, gate["name"]);
            }
        }

        foreach ((int index, JsonObject gate) in spec.Items("readinessGates"))
        {
            problems.Invalid(
                $"{PodValidation.At($"{path}.readinessGates", index)}.conditionType", gate.Text("conditionType"), Rules.Names.QualifiedName(gate.Text("conditionType")));
        }
    }

    private static void Spread(JsonObject spec, string path, List<FieldProblem> problems)
    {
        HashSet<(string Key, string When)> seen = [];
        foreach ((int index, JsonObject constraint) in spec.Items("topologySpreadConstraints"))
        {
            string at = PodValidation.At(path, index);
            if (constraint.Integer("maxSkew") is not > 0)
            {
                problems.Invalid($"{at}.maxSkew", constraint["maxSkew"] ?? 0, "must be greater than zero");
            }

            if (constraint.Text("topologyKey").Length == 0)
            {
                problems.Required($"{at}.topologyKey", "can not be empty");
            }

            string when = constraint.Text("whenUnsatisfiable");
            if (when is not ("DoNotSchedule" or "ScheduleAnyway"))
            {
                problems.NotSupported($"{at}.whenUnsatisfiable", when, ["DoNotSchedule", "ScheduleAnyway"]);
            }

            if (!seen.Add((constraint.Text("topologyKey"), when)))
            {
                problems.Duplicate($"{at}.{{topologyKey, whenUnsatisfiable}}", $"{{{constraint.Text("topologyKey")}, {when}}}");
            }

            LabelSelectorRules.Validate(constraint.Map("labelSelector"), $"{at}.labelSelector", problems);
        }
    }

    private static void Names(JsonObject spec, string path, List<FieldProblem> problems)
    {
        JsonObject? names = spec.Map("dnsConfig");
        JsonArray servers = names?["nameservers"] as JsonArray ?? [];
        if (spec.Text("dnsPolicy") == "None")
        {
            if (names is null)
            {
                problems.Required($"{path}.dnsConfig", "must provide `dnsConfig` when `dnsPolicy` is None");
                return;
            }

            if (servers.Count == 0)
            {
                problems.Required($"{path}.dnsConfig.nameservers", "must provide at least one DNS nameserver when `dnsPolicy` is None");
                return;
            }
        }

        if (servers.Count > MostNameservers)
        {
            problems.Invalid($"{path}.dnsConfig.nameservers", servers, "must not have more than 3 nameservers");
        }

        int index = 0;
        foreach (JsonNode? server in servers)
        {
            CheckAddress(PodValidation.At($"{path}.dnsConfig.nameservers", index++), server, problems);
        }

        foreach ((int number, JsonObject option) in names.Items("options"))
        {
            if (option.Text("name").Length == 0)
            {
                problems.Required($"{PodValidation.At($"{path}.dnsConfig.options", number)}.name", "must not be empty");
            }
        }
    }

    private static void CheckAddress(string path, JsonNode? value, List<FieldProblem> problems)
    {
        string text = GoJson.Text(value) ?? "";
        if (!IPAddress.TryParse(text, out _) || !(text.Contains('.', StringComparison.Ordinal) || text.Contains(':', StringComparison.Ordinal)))
        {
            problems.Invalid(path, text, [Address]);
        }
    }
}
