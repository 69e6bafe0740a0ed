using System.Globalization;
using System.Text.Json.Nodes;

namespace Sympozium.Abstractions.Resources;

/// <summary>Rules of a canonical spec that a schema cannot say. Each adds every problem it finds.</summary>
internal static class ResourceChecks
{
    public static void AgentRun(AgentRunSpec spec, ICollection<ResourceProblem> problems)
    {
        if (string.IsNullOrEmpty(spec.InstanceRef))
        {
            problems.Add(new("spec.instanceRef", "is required: the name of a SympoziumInstance or Agent in the run's namespace"));
        }
        else
        {
            FieldChecks.Name("spec.instanceRef", spec.InstanceRef, "SympoziumInstance or Agent", problems);
        }

        CheckTask(spec, problems);
        FieldChecks.Duration("spec.timeout", spec.Timeout, problems);
        FieldChecks.Variables("spec.env", spec.Env, problems);
        FieldChecks.Url("spec.model.baseURL", spec.Model?.BaseUrl, problems);
        FieldChecks.ToolNames("spec.toolPolicy.allow", spec.ToolPolicy?.Allow, problems);
        FieldChecks.ToolNames("spec.toolPolicy.deny", spec.ToolPolicy?.Deny, problems);
        FieldChecks.Skills("spec.skills", spec.Skills, problems);
        FieldChecks.ModelReference("spec.model.modelRef", spec.Model?.ModelRef, problems);
        FieldChecks.Lifecycle("spec.lifecycle", spec.Lifecycle, problems);
        if (spec.Sandbox is { Enabled: true } && spec.AgentSandbox is { Enabled: true })
        {
            problems.Add(new("spec.agentSandbox", "cannot be used together with spec.sandbox: both say where commands run; keep one of them"));
        }
    }

    public static void Instance(InstanceSpec spec, ICollection<ResourceProblem> problems)
    {
        CheckSettings(spec.Agents?.Default ?? new AgentSettings(), problems);
        FieldChecks.Skills("spec.skills", spec.Skills, problems);
        FieldChecks.Name("spec.policyRef", spec.PolicyRef, "SympoziumPolicy", problems);
        FieldChecks.AuthReferences("spec.authRefs", spec.AuthRefs, problems);
        FieldChecks.McpServers("spec.mcpServers", spec.McpServers, problems);
        CheckObservability(spec.Observability, problems);
        IReadOnlyList<ChannelSpec> channels = spec.Channels ?? [];
        FieldChecks.Unique("spec.channels", channels.Select(channel => channel.Type), "the channel", problems);
        for (int i = 0; i < channels.Count; i++)
        {
            FieldChecks.Name($"{FieldChecks.Item("spec.channels", i)}.configRef.secret", channels[i].ConfigRef?.Secret, "Secret", problems);
        }
    }

    private static void CheckSettings(AgentSettings settings, ICollection<ResourceProblem> problems)
    {
        if (string.IsNullOrEmpty(settings.Model))
        {
            problems.Add(new("spec.agents.default.model", "is required: a model name as the provider knows it (also spelled spec.provider.model)"));
        }

        FieldChecks.Duration("spec.agents.default.runTimeout", settings.RunTimeout, problems);
        FieldChecks.Variables("spec.agents.default.env", settings.Env, problems);
        FieldChecks.Url("spec.agents.default.baseURL", settings.BaseUrl, problems);
        FieldChecks.Lifecycle("spec.agents.default.lifecycle", settings.Lifecycle, problems);
    }

    private static void CheckTask(AgentRunSpec spec, ICollection<ResourceProblem> problems)
    {
        switch (spec.Task)
        {
            case JsonValue value when value.GetValueKind() == System.Text.Json.JsonValueKind.String:
                break;
            case JsonObject task:
                CheckTaskObject(task, problems);
                break;
            case null when spec.Messages is { Count: > 0 }:
                break;
            case null:
                problems.Add(new("spec.task", "is required: the text of what the agent shall do (also spelled spec.input)"));
                break;
            default:
                problems.Add(new("spec.task", $"must be a text or an object, not {spec.Task.GetValueKind().ToString().ToLowerInvariant()}"));
                break;
        }
    }

    /// <summary>{mode, tool, parameters}: a tool of a sidecar does the task, without a model's choice.</summary>
    private static void CheckTaskObject(JsonObject task, ICollection<ResourceProblem> problems)
    {
        if (task["mode"].AsText() is not "sidecar-driven")
        {
            problems.Add(new("spec.task.mode", $"'{task["mode"].AsText()}' is no way of doing a task; known is sidecar-driven. Or give the task as a text"));
        }

        if (string.IsNullOrEmpty(task["tool"].AsText()))
        {
            problems.Add(new("spec.task.tool", "is required: the name of a tool of one of the run's skill sidecars"));
        }

        switch (task["parameters"])
        {
            case null:
                break;
            case JsonObject parameters:
                foreach (string name in parameters.Where(pair => pair.Value.AsText() is null).Select(pair => pair.Key))
                {
                    problems.Add(new($"spec.task.parameters.{name}", "must be a text; write other values as JSON in a text"));
                }

                break;
            default:
                problems.Add(new("spec.task.parameters", "must be an object of texts"));
                break;
        }
    }

    private static void CheckObservability(ObservabilitySpec? observability, ICollection<ResourceProblem> problems)
    {
        FieldChecks.Url("spec.observability.otlpEndpoint", observability?.OtlpEndpoint, problems);
        if (observability?.SamplingRatio is { } ratio
            && !(double.TryParse(ratio, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double share) && share <= 1))
        {
            problems.Add(new("spec.observability.samplingRatio", $"'{ratio}' must be a number from 0 to 1, such as 0.25"));
        }
    }
}
