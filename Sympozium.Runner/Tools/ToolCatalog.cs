using System.Text.Json;
using Sympozium.Abstractions.Policies;
using Sympozium.Runner.Agent;
using Sympozium.Runner.Json;
using Sympozium.Runner.Lifetime;

namespace Sympozium.Runner.Tools;

/// <summary>The tools of a run behind its policy.</summary>
internal sealed class ToolCatalog
{
    private readonly Dictionary<string, ITool> _tools = new(StringComparer.Ordinal);
    private readonly ToolGate _gate;

    public ToolCatalog(IEnumerable<ITool> tools, ToolGate gate)
    {
        _gate = gate;
        var advertised = new JsonText(8192);
        foreach (ITool tool in tools)
        {
            _tools.Add(tool.Name, tool);
            if (gate.Decide(tool.Name).Action == ToolAction.Allow)
            {
                advertised.Raw(advertised.Length == 0 ? "["u8 : ","u8);
                advertised.Raw("{\"type\":\"function\",\"function\":"u8).Raw(tool.Definition).Raw("}"u8);
            }
        }

        Advertised = advertised.Length == 0 ? [] : advertised.Raw("]"u8).ToArray();
    }

    /// <summary>JSON array of the definitions that the model sees; empty when it may use none.</summary>
    public byte[] Advertised { get; }

    /// <summary>Runs a call if the policy allows it. Every failure but the end of the process becomes a result.</summary>
    public ToolResult Execute(ToolCall call)
    {
        ToolDecision decision = _gate.Decide(call.Name);
        switch (decision.Action)
        {
            case ToolAction.Deny:
                return ToolResult.Error($"the tool '{call.Name}' is denied by {decision.By}, rule {decision.Rule}. Go on without it.");
            case ToolAction.Ask:
                return ToolResult.Error(
                    $"the tool '{call.Name}' needs an approval by {decision.By}, rule {decision.Rule}, and this version cannot ask for one: that rule must be allow or deny. Go on without it.");
        }

        if (!_tools.TryGetValue(call.Name, out ITool? tool))
        {
            return ToolResult.Error($"there is no tool '{call.Name}'. The tools are: {string.Join(", ", _tools.Keys)}.");
        }

        try
        {
            string text = string.IsNullOrWhiteSpace(call.Arguments) ? "{}" : call.Arguments;
            using JsonDocument arguments = JsonDocument.Parse(text);
            return arguments.RootElement.ValueKind == JsonValueKind.Object
                ? tool.Execute(arguments.RootElement)
                : ToolResult.Error($"the arguments of '{call.Name}' must be a JSON object.");
        }
        catch (JsonException e)
        {
            return ToolResult.Error($"the arguments of '{call.Name}' are not valid JSON ({e.Message}). Call it again with a JSON object.");
        }
        catch (ToolException e)
        {
            return ToolResult.Error(e.Message);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ToolResult.Error(e.Message);
        }
        catch (Exception e) when (e is not (StoppedException or OutOfMemoryException))
        {
            RunnerLog.Error($"tool {call.Name}: {e}");
            return ToolResult.Error($"the tool '{call.Name}' failed ({e.GetType().Name}: {e.Message}).");
        }
    }
}
