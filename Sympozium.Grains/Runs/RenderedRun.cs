using System.Text.Json.Nodes;

namespace Sympozium.Grains.Runs;

/// <summary>The objects of one run, ready to be created. All are owned by the AgentRun.</summary>
/// <param name="Input">ConfigMap <c>&lt;run&gt;-input</c>.</param>
/// <param name="Token">Secret <c>&lt;run&gt;-token</c>.</param>
/// <param name="Skills">ConfigMaps with files of packs from another namespace.</param>
/// <param name="Job">The Job.</param>
public sealed record RenderedRun(JsonObject Input, JsonObject Token, IReadOnlyList<JsonObject> Skills, JsonObject Job);
