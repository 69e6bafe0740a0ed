using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Rules.Pods;

/// <summary>Validates security settings of pods and containers.</summary>
internal static class SecurityValidation
{
    private const string Range = "must be between 0 and 2147483647, inclusive";

    public static void Pod(JsonObject? context, string path, List<FieldProblem> problems)
    {
        Id(context, "runAsUser", path, problems);
        Id(context, "runAsGroup", path, problems);
        Id(context, "fsGroup", path, problems);
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
}
