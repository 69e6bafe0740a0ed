using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Sympozium.Abstractions;
using Sympozium.Cli.Clusters;
using Sympozium.Cli.Output;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Cli.Runs;

/// <summary>A run that a person asks for.</summary>
/// <param name="Task">What the agent shall do.</param>
/// <param name="Instance">Name of the SympoziumInstance or Agent.</param>
/// <param name="Model">Model instead of the instance's.</param>
/// <param name="Timeout">Most time, as a Go duration.</param>
internal sealed record RunRequest(string Task, string Instance, string? Model = null, string? Timeout = null)
{
    // Without vowels and look-alikes, as Kubernetes makes its suffixes.
    private const string SuffixLetters = "bcdfghjklmnpqrstvwxz2456789";
    private const int SuffixLength = 5;
    private const int MaxInstancePart = 50;
    private const int MaxAttempts = 5;

    private static readonly ResourceType[] InstanceTypes =
    [
        new(SympoziumNames.Group, SympoziumNames.Version, "sympoziuminstances", "SympoziumInstance"),
        new(SympoziumNames.Group, SympoziumNames.Version, "agents", "Agent"),
    ];

    /// <summary>Creates the AgentRun and returns its name.</summary>
    /// <exception cref="CliException">There is no such instance; the message names those that exist.</exception>
    public async Task<string> CreateAsync(ClusterSession cluster, CancellationToken cancellationToken)
    {
        await RequireInstanceAsync(cluster, cancellationToken);
        for (int attempt = 1; ; attempt++)
        {
            string suffix = new(RandomNumberGenerator.GetItems<char>(SuffixLetters, SuffixLength));
            string name = $"{Instance[..Math.Min(Instance.Length, MaxInstancePart)]}-run-{suffix}";
            try
            {
                await cluster.Client.CreateAsync(AgentRuns.Type, Render(name, cluster.Namespace), cancellationToken);
                return name;
            }
            catch (KubernetesException e) when (e.IsAlreadyExists && attempt < MaxAttempts)
            {
                continue;
            }
        }
    }

    private JsonObject Render(string name, string ns)
    {
        JsonObject spec = new() { ["instanceRef"] = Instance, ["task"] = Task };
        if (Model is not null)
        {
            spec["model"] = new JsonObject { ["name"] = Model };
        }
        if (Timeout is not null)
        {
            spec["timeout"] = Timeout;
        }
        return new JsonObject
        {
            ["apiVersion"] = SympoziumNames.ApiVersion,
            ["kind"] = "AgentRun",
            ["metadata"] = new JsonObject
            {
                ["name"] = name,
                ["namespace"] = ns,
                ["labels"] = new JsonObject { [SympoziumNames.SourceLabel] = "cli", [SympoziumNames.InstanceLabel] = Instance },
            },
            ["spec"] = spec,
        };
    }

    private async Task RequireInstanceAsync(ClusterSession cluster, CancellationToken cancellationToken)
    {
        List<string> names = [];
        foreach (ResourceType type in InstanceTypes)
        {
            try
            {
                ResourceList list = await cluster.Client.ListAsync(type, cluster.Namespace, ListOptions.All, cancellationToken);
                names.AddRange(list.Items.Select(ResourceNames.NameOf));
            }
            catch (KubernetesException e) when (e.IsNotFound)
            {
                // A cluster may serve only one of the two kinds.
                continue;
            }
        }
        if (names.Contains(Instance))
        {
            return;
        }
        string? near = Suggestion.Nearest(Instance, names);
        string help = near is not null ? $"did you mean '{near}'?"
            : names.Count > 0 ? $"there are {string.Join(", ", names.Distinct().Order(StringComparer.Ordinal).Select(n => $"'{n}'"))}"
            : "there is none; apply a SympoziumInstance first, or try 'sympozium demo'";
        throw new CliException(ExitCodes.NotFound, $"there is no instance '{Instance}' in namespace '{cluster.Namespace}'; {help}");
    }
}
