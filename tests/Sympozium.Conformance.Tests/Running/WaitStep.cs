using System.Text.Json;
using System.Text.Json.Nodes;
using Sympozium.Conformance.Tests.Cluster;
using Sympozium.Conformance.Tests.Normalizing;

namespace Sympozium.Conformance.Tests.Running;

/// <summary><c>{"wait": {...}}</c>: asks until an answer is as wanted.</summary>
internal static class WaitStep
{
    private const double DefaultSeconds = 60;
    private const double DefinitionSeconds = 20;
    private const string Discovery = "application/json;v=v2;g=apidiscovery.k8s.io;as=APIGroupDiscoveryList";

    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(50);

    public static async Task<JsonObject> RunAsync(CaseContext context, JsonObject wait)
    {
        bool held = true;
        if ((double?)wait["seconds"] is { } seconds)
        {
            // The case itself says that time has to pass.
            await Task.Delay(TimeSpan.FromSeconds(seconds), TimeProvider.System);
        }
        else if (wait["crd"] is JsonArray definition)
        {
            held = await IsServedAsync(context, (string)definition[0]!, (string)definition[1]!, (string)definition[2]!);
        }
        else if ((string?)wait["webhook_called"] is { } name)
        {
            held = await UntilAsync(
                context, (double?)wait["timeout"] ?? DefinitionSeconds,
                _ => Task.FromResult(context.Target.Webhooks.LastCall(context.Variables.Suffix, name) is not null));
        }
        else
        {
            held = await AnswerAsync(context, wait);
        }

        return new JsonObject { ["wait"] = held ? "ok" : "timeout" };
    }

    /// <summary>Whether a request gave the wanted status and values in time.</summary>
    public static Task<bool> AnswerAsync(CaseContext context, JsonObject wait)
    {
        ApiRequest request = HttpStep.Request(wait["http"]!, null);
        return UntilAsync(context, (double?)wait["timeout"] ?? DefaultSeconds, async cancellationToken =>
        {
            ApiAnswer answer = await context.Target.Cluster.AskAsync(request, cancellationToken);
            return ((int?)wait["status"] ?? answer.Status) == answer.Status
                && (wait["where"] as JsonObject ?? []).All(w => Holds(answer.Document, w.Key, w.Value));
        });
    }

    // Established, in discovery, served, and in aggregated discovery.
    private static async Task<bool> IsServedAsync(CaseContext context, string group, string version, string plural)
    {
        string[] waits =
        [
            $$$$"""{"http":{"path":"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{{{{plural}}}}.{{{{group}}}}"},"where":{"status.conditions[*].type":{"contains":"Established"}}}""",
            $$$$"""{"http":{"path":"/apis/{{{{group}}}}/{{{{version}}}}"},"where":{"resources[*].name":{"contains":"{{{{plural}}}}"}}}""",
            $$$$"""{"http":{"path":"/apis/{{{{group}}}}/{{{{version}}}}/{{{{plural}}}}"},"status":200}""",
            $$$$"""{"http":{"path":"/apis","headers":{"Accept":"{{{{Discovery}}}}"}},"where":{"items[*].metadata.name":{"contains":"{{{{group}}}}"}}}""",
        ];
        foreach (string text in waits)
        {
            JsonObject wait = JsonNode.Parse(text)!.AsObject();
            wait["timeout"] = DefinitionSeconds;
            if (!await AnswerAsync(context, wait))
            {
                return false;
            }
        }

        return true;
    }

    private static async Task<bool> UntilAsync(CaseContext context, double seconds, Func<CancellationToken, Task<bool>> condition)
    {
        using CancellationTokenSource limit = new(context.Limits.ForWait(seconds));
        try
        {
            while (true)
            {
                if (await HoldsNowAsync(condition, limit.Token))
                {
                    return true;
                }

                await Task.Delay(Period, TimeProvider.System, limit.Token);
            }
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            return false;
        }
    }

    private static async Task<bool> HoldsNowAsync(Func<CancellationToken, Task<bool>> condition, CancellationToken cancellationToken)
    {
        try
        {
            return await condition(cancellationToken);
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static bool Holds(JsonNode? document, string path, JsonNode? wanted)
    {
        string[] keys = path.Contains('/', StringComparison.Ordinal) ? path.Split('/') : JsonPaths.Parse(path);
        JsonNode? found = document is null ? JsonPaths.Absent : JsonPaths.Pick(document, keys);
        if (wanted is not JsonObject condition)
        {
            return JsonNode.DeepEquals(found, wanted);
        }

        if (condition["min"] is { } least)
        {
            return found is JsonValue && found.GetValueKind() == JsonValueKind.Number && (double)found >= (double)least;
        }

        if (condition["contains"] is { } part)
        {
            return found is JsonArray list ? list.Any(i => JsonNode.DeepEquals(i, part)) : (found?.ToString() ?? "").Contains(part.ToString(), StringComparison.Ordinal);
        }

        bool exists = found is JsonArray { Count: > 0 } or JsonObject || (found is JsonValue && found.ToString() != JsonPaths.Absent);
        return condition["exists"] is { } existence ? exists == (bool)existence : JsonNode.DeepEquals(found, wanted);
    }
}
