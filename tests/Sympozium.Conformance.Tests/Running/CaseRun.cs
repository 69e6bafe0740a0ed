using System.Text.Json.Nodes;
using Sympozium.Conformance.Tests.Cases;
using Sympozium.Conformance.Tests.Normalizing;

namespace Sympozium.Conformance.Tests.Running;

/// <summary>Runs one case in a namespace of its own and stops at the first step whose output is not the recorded one.</summary>
internal sealed class CaseRun(CaseContext context)
{
    private static readonly HashSet<string> QuietKeys = ["kubectl", "http", "rc", "status", "wait"];
    private static readonly HashSet<string> LookingVerbs = ["get", "describe", "events"];
    private static readonly TimeSpan LookPeriod = TimeSpan.FromMilliseconds(100);

    /// <summary>What differs, to be read by people; null when nothing does.</summary>
    public static async Task<string?> DifferenceAsync(ConformanceCase conformanceCase, ConformanceTarget target)
    {
        using CaseContext context = new(conformanceCase, target);
        CaseNamespace ns = new(context);
        try
        {
            await ns.MakeAsync();
            return await new CaseRun(context).StepsAsync();
        }
        finally
        {
            await ns.RemoveAsync();
        }
    }

    private async Task<string?> StepsAsync()
    {
        context.Target.Webhooks.Add(context.Variables.Suffix, context.Variables.Substitute(context.Case.Document["webhook"])?.AsObject() ?? []);
        foreach ((int index, JsonObject written) in context.Case.Steps.Index())
        {
            JsonObject expected = (JsonObject)context.Case.Expected[index].DeepClone();
            expected.Remove("step");
            string title = $"step {index + 1}: {JsonText.Write(written["kubectl"] ?? written["http"]?["path"] ?? written["watch"] ?? written["wait"] ?? written["webhook_calls"])}";
            IReadOnlyList<string> differences;
            try
            {
                differences = await DifferencesAsync(written, expected);
            }
            catch (Exception e) when (e is StepException or HttpRequestException or IOException or OperationCanceledException or ArgumentException)
            {
                return $"{title}\n  {e.GetType().Name}: {e.Message}";
            }

            if (differences.Count > 0)
            {
                return $"{title}\n{string.Join('\n', differences)}";
            }
        }

        return null;
    }

    /// <summary>Controllers work when they come to it: a mere look at their work is taken again until it shows what was recorded when they were done.</summary>
    private async Task<IReadOnlyList<string>> DifferencesAsync(JsonObject written, JsonObject expected)
    {
        long started = TimeProvider.System.GetTimestamp();
        IdentityMarks marks = context.Identities.Marks;
        while (true)
        {
            IReadOnlyList<string> differences = Difference.Between(expected, await StepAsync(written));
            if (differences.Count == 0 || !context.Case.ShowsControllersWork || !IsLook(written) || TimeProvider.System.GetElapsedTime(started) > context.Limits.Look)
            {
                return differences;
            }

            context.Identities.Marks = marks;
            await Task.Delay(LookPeriod, TimeProvider.System);
        }
    }

    private static bool IsLook(JsonObject written) =>
        !written.ContainsKey("save")
        && (written["http"] is { } http ? ((string?)http["method"] ?? "GET") == "GET" : written["kubectl"] is JsonArray arguments && LookingVerbs.Contains(arguments[0]!.ToString()));

    private async Task<JsonObject> StepAsync(JsonObject written)
    {
        JsonObject step = context.Variables.Substitute(written)!.AsObject();
        JsonObject result = await OutputAsync(step, written);
        if (((bool?)step["quiet"] ?? false) && !result.ContainsKey("unexpected"))
        {
            foreach (string key in result.Select(p => p.Key).Where(k => !QuietKeys.Contains(k)).ToList())
            {
                result.Remove(key);
            }
        }

        return result;
    }

    private Task<JsonObject> OutputAsync(JsonObject step, JsonObject written) =>
        step.ContainsKey("kubectl") ? KubectlStep.RunAsync(context, step, written)
        : step.ContainsKey("http") ? HttpStep.RunAsync(context, step, written)
        : step["watch"] is JsonObject watch ? watch.ContainsKey("kubectl")
            ? KubectlWatchStep.RunAsync(context, step, written, DuringAsync)
            : WatchStep.RunAsync(context, step, written, DuringAsync)
        : step["wait"] is JsonObject wait ? WaitStep.RunAsync(context, wait)
        : step.ContainsKey("webhook_calls") ? Task.FromResult(Calls(step))
        : throw new StepException($"The step {written.ToJsonString()} is of no known kind.");

    private async Task<JsonArray> DuringAsync(JsonObject written)
    {
        JsonArray results = [];
        foreach (JsonNode? step in written["during"] as JsonArray ?? [])
        {
            results.Add(await StepAsync(step!.AsObject()));
        }

        return results;
    }

    private JsonObject Calls(JsonObject step)
    {
        string name = (string)step["webhook_calls"]!;
        JsonObject? last = context.Target.Webhooks.LastCall(context.Variables.Suffix, name);
        return new JsonObject
        {
            ["webhook_calls"] = name,
            ["called"] = last is not null,
            ["last"] = last is null ? null : context.Json.Normalize(StepShape.Apply(context, step, last.DeepClone())),
        };
    }
}
