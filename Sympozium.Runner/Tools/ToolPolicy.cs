using Sympozium.Abstractions.Ipc;

namespace Sympozium.Runner.Tools;

/// <summary>What a policy says of one tool.</summary>
internal enum ToolAction
{
    /// <summary>It runs.</summary>
    Allow,

    /// <summary>It is refused.</summary>
    Deny,

    /// <summary>It would need an approval.</summary>
    Ask,
}

/// <summary>
/// The run's tool policy. Deny wins; then ask; a non-empty allow list is the only thing that is allowed; a tool that no list names
/// follows the default. It is asked at each call, because a model can name a tool that was never advertised to it.
/// </summary>
internal sealed class ToolPolicy(string? allow, string? deny, string? ask, string? defaultAction)
{
    private readonly HashSet<string> _allow = Split(allow);
    private readonly HashSet<string> _deny = Split(deny);
    private readonly HashSet<string> _ask = Split(ask);
    private readonly ToolAction _default = ParseDefault(defaultAction);

    /// <summary>Reads the environment.</summary>
    public static ToolPolicy FromEnvironment() => new(
        Environment.GetEnvironmentVariable(PodEnvironment.ToolPolicyAllow),
        Environment.GetEnvironmentVariable(PodEnvironment.ToolPolicyDeny),
        Environment.GetEnvironmentVariable(PodEnvironment.ToolPolicyAsk),
        Environment.GetEnvironmentVariable(PodEnvironment.ToolPolicyDefault));

    /// <summary>What happens to a tool.</summary>
    public ToolAction Decide(string tool)
    {
        if (_deny.Contains(tool))
        {
            return ToolAction.Deny;
        }

        if (_ask.Contains(tool))
        {
            return ToolAction.Ask;
        }

        if (_allow.Count > 0)
        {
            return _allow.Contains(tool) ? ToolAction.Allow : ToolAction.Deny;
        }

        return _default;
    }

    private static HashSet<string> Split(string? list)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (string name in (list ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            names.Add(name);
        }

        return names;
    }

    // A default that is misspelt must not open what its author wanted closed.
    private static ToolAction ParseDefault(string? action) => action?.Trim().ToUpperInvariant() switch
    {
        null or "" or "ALLOW" => ToolAction.Allow,
        "ASK" => ToolAction.Ask,
        _ => ToolAction.Deny,
    };
}
