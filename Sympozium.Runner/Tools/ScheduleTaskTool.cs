using System.Text.Json;
using Sympozium.Abstractions.Ipc;
using Sympozium.Runner.Json;

namespace Sympozium.Runner.Tools;

/// <summary>Asks the control plane for a schedule.</summary>
internal sealed class ScheduleTaskTool(RequestFiles files) : ITool
{
    private static readonly string[] Actions = ["create", "update", "suspend", "resume", "delete"];

    /// <inheritdoc/>
    public string Name => "schedule_task";

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Definition => """
        {"name":"schedule_task","description":"Creates, changes, suspends, resumes or deletes a schedule of this agent: the task is run at the times of a cron expression with five fields.","parameters":{"type":"object","properties":{"name":{"type":"string","description":"Name of the schedule: lower-case letters, digits and dashes"},"schedule":{"type":"string","description":"Cron expression, for example 0 8 * * 1-5; needed to create"},"task":{"type":"string","description":"What to do then; needed to create"},"action":{"type":"string","enum":["create","update","suspend","resume","delete"],"description":"Default create"}},"required":["name"]}}
        """u8;

    /// <inheritdoc/>
    public ToolResult Execute(JsonElement arguments)
    {
        string name = arguments.RequiredString("name");
        string action = arguments.OptionalString("action") ?? "create";
        string? schedule = arguments.OptionalString("schedule");
        string? task = arguments.OptionalString("task");
        var problems = new List<string>();
        if (!IsName(name))
        {
            problems.Add($"'{name}' is not a name: use lower-case letters, digits and dashes, at most 63, starting and ending with a letter or digit");
        }

        if (Array.IndexOf(Actions, action) < 0)
        {
            problems.Add($"'{action}' is not an action: {string.Join(", ", Actions)}");
        }

        if (schedule is not null && schedule.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length != 5)
        {
            problems.Add($"'{schedule}' is not a cron expression with five fields");
        }

        if (action == "create" && (string.IsNullOrWhiteSpace(schedule) || string.IsNullOrWhiteSpace(task)))
        {
            problems.Add("to create one, schedule and task are needed");
        }

        if (problems.Count > 0)
        {
            throw new ToolException(string.Join("; ", problems) + ".");
        }

        Write(name, action, schedule, task);
        return new ToolResult($"The request to {action} the schedule '{name}' was handed over.");
    }

    private void Write(string name, string action, string? schedule, string? task)
    {
        var json = new JsonText();
        json.Raw("{\"name\":"u8).String(name).Raw(",\"action\":"u8).String(action);
        if (schedule is not null)
        {
            json.Raw(",\"schedule\":"u8).String(schedule);
        }

        if (task is not null)
        {
            json.Raw(",\"task\":"u8).String(task);
        }

        files.Write(IpcPaths.Schedules, "schedule-", json.Raw("}"u8).Written);
    }

    private static bool IsName(string name)
    {
        foreach (char character in name)
        {
            if (!char.IsAsciiLetterLower(character) && !char.IsAsciiDigit(character) && character != '-')
            {
                return false;
            }
        }

        return name.Length is > 0 and <= 63 && name[0] != '-' && name[^1] != '-';
    }
}
