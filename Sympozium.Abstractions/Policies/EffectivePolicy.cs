using System.Text;
using Sympozium.Abstractions.Resources;

namespace Sympozium.Abstractions.Policies;

/// <summary>
/// What holds for a run or instance: the policies of instance, namespace and cluster together, each limit with the rule it comes
/// from. <see cref="Tighten"/> combines two, field by field, by the table in docs/policies.md: it is commutative, associative and
/// idempotent, and what either refuses, the result refuses.
/// </summary>
public sealed record EffectivePolicy
{
    /// <summary>No policy: nothing is limited, and nothing is granted (the network stays closed).</summary>
    public static readonly EffectivePolicy None = new();

    /// <summary>Which tools may be called.</summary>
    public ToolGate Tools { get; init; } = ToolGate.Open;

    /// <summary>Set when runs need a sandbox.</summary>
    public Ruled<bool>? SandboxRequired { get; init; }

    /// <summary>Image of the sandbox when the run names none.</summary>
    public Ruled<string>? DefaultImage { get; init; }

    /// <summary>Runtime classes that pods must have; two different ones cannot be had.</summary>
    public IReadOnlyList<Ruled<string>> RuntimeClasses { get; init; } = [];

    /// <summary>Most CPU.</summary>
    public Ruled<Quantity>? MaxCpu { get; init; }

    /// <summary>Most memory.</summary>
    public Ruled<Quantity>? MaxMemory { get; init; }

    /// <summary>Set when directories of the host must not be mounted.</summary>
    public Ruled<bool>? HostMountsDenied { get; init; }

    /// <summary>Seccomp profiles that pods must have; two different ones cannot be had.</summary>
    public IReadOnlyList<Ruled<string>> SeccompProfiles { get; init; } = [];

    /// <summary>Set when runs must use agent-sandbox.</summary>
    public Ruled<bool>? AgentSandboxRequired { get; init; }

    /// <summary>Runtime class of agent-sandbox when the run names none.</summary>
    public Ruled<string>? DefaultAgentRuntimeClass { get; init; }

    /// <summary>Runtime classes of agent-sandbox; every list has to have it.</summary>
    public IReadOnlyList<Ruled<NameList>> AgentRuntimeClasses { get; init; } = [];

    /// <summary>Greatest depth of a child run.</summary>
    public Ruled<int>? MaxDepth { get; init; }

    /// <summary>Most children of one run that are alive at once.</summary>
    public Ruled<int>? MaxConcurrent { get; init; }

    /// <summary>Features that are switched off.</summary>
    public IReadOnlyList<Ruled<string>> ClosedFeatures { get; init; } = [];

    /// <summary>What pods may reach: what every one of these allows, and nothing when there is none.</summary>
    public IReadOnlyList<Ruled<NetworkRule>> Network { get; init; } = [];

    /// <summary>Models; every list has to match.</summary>
    public IReadOnlyList<Ruled<NameList>> Models { get; init; } = [];

    /// <summary>Namespaces of Model resources; every list has to have it.</summary>
    public IReadOnlyList<Ruled<NameList>> ModelNamespaces { get; init; } = [];

    /// <summary>Registries of images; every list has to match.</summary>
    public IReadOnlyList<Ruled<NameList>> Registries { get; init; } = [];

    /// <summary>Resources that hooks must not ask for.</summary>
    public IReadOnlyList<Ruled<string>> DeniedResources { get; init; } = [];

    /// <summary>Most tokens of a run.</summary>
    public Ruled<long>? MaxTokens { get; init; }

    /// <summary>Most model calls of a run.</summary>
    public Ruled<int>? MaxModelCalls { get; init; }

    /// <summary>Longest timeout of a run.</summary>
    public Ruled<TimeSpan>? MaxDuration { get; init; }

    /// <summary>Whether pods reach the whole network.</summary>
    public bool NetworkOpen => Network.Count > 0 && Network.All(rule => rule.Value.Open);

    /// <summary>The policy that refuses whatever this or the other one refuses.</summary>
    public EffectivePolicy Tighten(EffectivePolicy other) => new()
    {
        Tools = Tools.Tighten(other.Tools),
        SandboxRequired = Tighter.Nearer(SandboxRequired, other.SandboxRequired),
        DefaultImage = Tighter.Nearer(DefaultImage, other.DefaultImage),
        RuntimeClasses = Tighter.Both(RuntimeClasses, other.RuntimeClasses),
        MaxCpu = Tighter.Lower(MaxCpu, other.MaxCpu),
        MaxMemory = Tighter.Lower(MaxMemory, other.MaxMemory),
        HostMountsDenied = Tighter.Nearer(HostMountsDenied, other.HostMountsDenied),
        SeccompProfiles = Tighter.Both(SeccompProfiles, other.SeccompProfiles),
        AgentSandboxRequired = Tighter.Nearer(AgentSandboxRequired, other.AgentSandboxRequired),
        DefaultAgentRuntimeClass = Tighter.Nearer(DefaultAgentRuntimeClass, other.DefaultAgentRuntimeClass),
        AgentRuntimeClasses = Tighter.Both(AgentRuntimeClasses, other.AgentRuntimeClasses),
        MaxDepth = Tighter.Lower(MaxDepth, other.MaxDepth),
        MaxConcurrent = Tighter.Lower(MaxConcurrent, other.MaxConcurrent),
        ClosedFeatures = Tighter.Both(ClosedFeatures, other.ClosedFeatures),
        Network = Tighter.Both(Network, other.Network),
        Models = Tighter.Both(Models, other.Models),
        ModelNamespaces = Tighter.Both(ModelNamespaces, other.ModelNamespaces),
        Registries = Tighter.Both(Registries, other.Registries),
        DeniedResources = Tighter.Both(DeniedResources, other.DeniedResources),
        MaxTokens = Tighter.Lower(MaxTokens, other.MaxTokens),
        MaxModelCalls = Tighter.Lower(MaxModelCalls, other.MaxModelCalls),
        MaxDuration = Tighter.Lower(MaxDuration, other.MaxDuration),
    };

    /// <summary>Destinations besides the control plane that pods may reach when the network is not open.</summary>
    public IReadOnlyList<EgressSpec> Egress() =>
        [.. Network.SelectMany(rule => rule.Value.Egress).Where(wanted => Network.All(rule => rule.Value.Allows(wanted))).Distinct()
            .OrderBy(entry => entry.Host, StringComparer.Ordinal).ThenBy(entry => entry.Port)];

    /// <summary>Every rule on a line of its own, in a fixed order; two policies that refuse the same for the same reasons have the same text.</summary>
    public string Describe()
    {
        var text = new StringBuilder();
        foreach (ToolLayer layer in Tools.Layers)
        {
            text.Append("tools: ").Append(layer).Append('\n');
        }

        Add(text, "sandbox required", SandboxRequired);
        Add(text, "sandbox image by default", DefaultImage);
        AddAll(text, "runtime class", RuntimeClasses);
        Add(text, "CPU at most", MaxCpu);
        Add(text, "memory at most", MaxMemory);
        Add(text, "host mounts denied", HostMountsDenied);
        AddAll(text, "seccomp profile", SeccompProfiles);
        Add(text, "agent-sandbox required", AgentSandboxRequired);
        Add(text, "agent-sandbox runtime class by default", DefaultAgentRuntimeClass);
        AddAll(text, "agent-sandbox runtime class one of", AgentRuntimeClasses);
        Add(text, "child runs at most deep", MaxDepth);
        Add(text, "child runs at most at once", MaxConcurrent);
        AddAll(text, "feature off", ClosedFeatures);
        AddAll(text, "network", Network);
        AddAll(text, "model one of", Models);
        AddAll(text, "model's namespace one of", ModelNamespaces);
        AddAll(text, "image from one of", Registries);
        AddAll(text, "hooks must not ask for", DeniedResources);
        Add(text, "tokens at most", MaxTokens);
        Add(text, "model calls at most", MaxModelCalls);
        Add(text, "timeout at most", MaxDuration);
        return text.ToString();
    }

    private static void Add<T>(StringBuilder text, string what, Ruled<T>? rule)
    {
        if (rule is not null)
        {
            text.Append(what).Append(rule.Value is true ? "" : $": {rule.Value}").Append(" (").Append(rule.By).Append(")\n");
        }
    }

    private static void AddAll<T>(StringBuilder text, string what, IReadOnlyList<Ruled<T>> rules)
    {
        foreach (Ruled<T> rule in rules)
        {
            Add(text, what, rule);
        }
    }
}
