namespace Sympozium.Abstractions.Resources;

/// <summary>
/// Rules of the graph of a team: edges lead from persona to persona, tasks never come back to whom they came from, and the way of working
/// fits the edges.
/// </summary>
internal static class RelationshipChecks
{
    private const string Path = "spec.relationships";
    private const string Stimulus = "stimulus";

    public static void Check(EnsembleSpec spec, HashSet<string> personas, ICollection<ResourceProblem> problems)
    {
        IReadOnlyList<RelationshipSpec> edges = spec.Relationships ?? [];
        for (int i = 0; i < edges.Count; i++)
        {
            Edge(FieldChecks.Item(Path, i), edges[i], personas, problems);
        }

        FieldChecks.Unique(Path, edges.Select(edge => $"{edge.Source} {edge.Type} {edge.Target}"), "the relationship", problems);
        if (Cycle(edges.Where(edge => edge.Type is "sequential" or "delegation" && edge.Source != edge.Target)) is { } cycle)
        {
            problems.Add(new(Path, $"lead in a circle: {string.Join(" -> ", cycle)}; tasks would never end, so remove one of these sequential or delegation edges"));
        }

        StimulusEdges(spec.Stimulus, edges, problems);
        string? needed = spec.WorkflowType switch { "pipeline" => "sequential", "delegation" => "delegation", _ => null };
        if (needed is not null && edges.All(edge => edge.Type != needed))
        {
            problems.Add(new("spec.workflowType", $"'{spec.WorkflowType}' needs at least one relationship of type {needed}"));
        }
    }

    private static void Edge(string path, RelationshipSpec edge, HashSet<string> personas, ICollection<ResourceProblem> problems)
    {
        if (edge.Type != Stimulus)
        {
            EnsembleChecks.Known($"{path}.source", [edge.Source], personas, problems);
        }

        EnsembleChecks.Known($"{path}.target", [edge.Target], personas, problems);
        if (edge.Source == edge.Target)
        {
            problems.Add(new(path, $"leads from '{edge.Source}' to itself"));
        }

        FieldChecks.Duration($"{path}.timeout", edge.Timeout, problems);
    }

    private static void StimulusEdges(StimulusSpec? stimulus, IReadOnlyList<RelationshipSpec> edges, ICollection<ResourceProblem> problems)
    {
        RelationshipSpec[] own = [.. edges.Where(edge => edge.Type == Stimulus)];
        if (stimulus is null)
        {
            if (own.Length > 0)
            {
                problems.Add(new("spec.stimulus", "is required, since a relationship has the type stimulus"));
            }

            return;
        }

        if (own.Length != 1)
        {
            problems.Add(new(Path, $"must have exactly one edge of type stimulus for spec.stimulus, and has {own.Length}"));
        }

        foreach (RelationshipSpec edge in own.Where(edge => edge.Source != stimulus.Name))
        {
            problems.Add(new(Path, $"has an edge of type stimulus from '{edge.Source}'; its source must be spec.stimulus.name, '{stimulus.Name}'"));
        }

        if (string.IsNullOrWhiteSpace(stimulus.Prompt))
        {
            problems.Add(new("spec.stimulus.prompt", "is required: the text that starts the team"));
        }
    }

    /// <summary>The personas of one circle, the first again at the end; null when there is none.</summary>
    private static List<string>? Cycle(IEnumerable<RelationshipSpec> edges)
    {
        ILookup<string, string> next = edges.ToLookup(edge => edge.Source, edge => edge.Target, StringComparer.Ordinal);
        var done = new HashSet<string>(StringComparer.Ordinal);
        foreach (string start in next.Select(group => group.Key))
        {
            // Depth first without recursion: the path is the stack.
            var path = new List<string> { start };
            var open = new Stack<Queue<string>>([new Queue<string>(next[start])]);
            while (open.TryPeek(out Queue<string>? targets))
            {
                if (!targets.TryDequeue(out string? target))
                {
                    done.Add(path[^1]);
                    path.RemoveAt(path.Count - 1);
                    open.Pop();
                    continue;
                }

                int at = path.IndexOf(target);
                if (at >= 0)
                {
                    return [.. path[at..], target];
                }

                if (!done.Contains(target))
                {
                    path.Add(target);
                    open.Push(new Queue<string>(next[target]));
                }
            }
        }

        return null;
    }
}
