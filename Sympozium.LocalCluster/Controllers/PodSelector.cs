using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds.Printing;
using Sympozium.LocalCluster.Objects;

namespace Sympozium.LocalCluster.Controllers;

/// <summary>Which pods belong to a workload. None selects nothing, unlike an empty one.</summary>
internal sealed class PodSelector
{
    private readonly LabelSelector? _selector;

    private PodSelector(LabelSelector? selector) => _selector = selector;

    public static PodSelector Read(JsonObject? selector) => new(selector is null ? null : LabelSelector.Parse(Selectors.Text(selector)));

    public bool Matches(IReadOnlyDictionary<string, string> labels) => _selector?.Matches(labels) == true;
}
