using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Sympozium.LocalCluster.Kinds.Rules.Pods;

/// <summary>Validates security settings of pods and containers.</summary>
internal static partial class SecurityValidation
{
    private const int LongestSysctl = 253;
    private const string SysctlPattern = @"([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?";
    private const string Range = "must be between 0 and 2147483647, inclusive";

    public static void Pod(JsonObject? context, string path, List<FieldProblem> problems)
    {
        Id(context, "runAsUser", path, problems);
        Id(context, "runAsGroup", path, problems);
        Id(context, "fsGroup", path, problems);
        foreach ((int index, JsonObject setting) in context.Items("sysctls"))
        {
            string name = setting.Text("name");
            string at = $"{PodValidation.At($"{path}.sysctls", index)}.name";
            if (name.Length == 0)
            {
                problems.Required(at);
            }
            else if (name.Length > LongestSysctl || !Sysctl().IsMatch(name))
            {
                problems.Invalid(at, name, [$"must have at most {LongestSysctl} characters and match regex ^{SysctlPattern}$"]);
            }
        }

        problems.OneOf($"{path}.fsGroupChangePolicy", context?["fsGroupChangePolicy"], required: false, "Always", "OnRootMismatch");
        Seccomp(context.Map("seccompProfile"), $"{path}.seccompProfile", problems);
    }

    public static void Container(JsonObject? context, string path, List<FieldProblem> problems)
    {
        Id(context, "runAsUser", path, problems);
        Id(context, "runAsGroup", path, problems);
        Seccomp(context.Map("seccompProfile"), $"{path}.seccompProfile", problems);
        problems.OneOf($"{path}.procMount", context?["procMount"], required: false, "Default", "Unmasked");
        if (GoJson.Flag(context?["allowPrivilegeEscalation"]) == false && context.IsTrue("privileged"))
        {
            problems.Invalid(path, context, "cannot set `allowPrivilegeEscalation` to false and `privileged` to true");
        }
    }

    private static void Id(JsonObject? context, string field, string path, List<FieldProblem> problems)
    {
        if (context.Integer(field) is < 0 or > int.MaxValue)
        {
            problems.Invalid($"{path}.{field}", context![field], Range);
        }
    }

    private static void Seccomp(JsonObject? profile, string path, List<FieldProblem> problems)
    {
        if (profile is null)
        {
            return;
        }

        problems.OneOf($"{path}.type", profile["type"], required: true, "Localhost", "RuntimeDefault", "Unconfined");
        if (profile.Text("type") == "Localhost" && profile.Text("localhostProfile").Length == 0)
        {
            problems.Required($"{path}.localhostProfile", "must be set when seccomp type is Localhost");
        }
    }

    [GeneratedRegex($@"^{SysctlPattern}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Sysctl();
}
