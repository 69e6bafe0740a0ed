using System.Text;
using System.Text.Json.Nodes;
using Sympozium.Conformance.Tests.Cluster;

namespace Sympozium.Conformance.Tests.Running;

/// <summary>Makes a case's namespace and removes it afterwards, with everything else that the case made.</summary>
internal sealed class CaseNamespace(CaseContext context)
{
    private static readonly string[] ClusterWide =
    [
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
        "/apis/rbac.authorization.k8s.io/v1/clusterroles",
        "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
        "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
        "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
        "/api/v1/namespaces",
        "/api/v1/persistentvolumes",
    ];

    private readonly string _name = context.Variables.Namespace;

    public async Task MakeAsync()
    {
        ApiAnswer answer = await AskAsync("POST", "/api/v1/namespaces", $$$$"""{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"{{{{_name}}}}","labels":{"kit":"case"}}}""");
        if (answer.Status != 201)
        {
            throw new StepException($"The namespace '{_name}' cannot be made: {answer.Status} {answer.Text}");
        }

        foreach (string path in new[] { "serviceaccounts/default", "configmaps/kube-root-ca.crt" })
        {
            JsonObject wait = JsonNode.Parse($$"""{"http":{"path":"/api/v1/namespaces/{{_name}}/{{path}}"},"status":200,"timeout":30}""")!.AsObject();
            if (!await WaitStep.AnswerAsync(context, wait))
            {
                throw new StepException($"The namespace '{_name}' did not get its '{path}'.");
            }
        }
    }

    public async Task RemoveAsync()
    {
        bool hasFinalizers = context.Case.Text.Contains("finalizers", StringComparison.Ordinal);
        if (context.Case.Text.Contains("$SFX", StringComparison.Ordinal))
        {
            await RemoveClusterWideAsync(hasFinalizers);
        }

        if (hasFinalizers)
        {
            await StripAsync($"/api/v1/namespaces/{_name}/configmaps");
            await StripAsync($"/api/v1/namespaces/{_name}/pods");
            await StripAsync($"/apis/batch/v1/namespaces/{_name}/jobs");
        }

        if (context.Case.Needs("node"))
        {
            await AskAsync("DELETE", $"/apis/batch/v1/namespaces/{_name}/jobs?propagationPolicy=Background");
            await AskAsync("DELETE", $"/apis/apps/v1/namespaces/{_name}/deployments");
            await AskAsync("DELETE", $"/api/v1/namespaces/{_name}/pods?gracePeriodSeconds=0");
        }

        await AskAsync("DELETE", $"/api/v1/namespaces/{_name}");
    }

    private async Task RemoveClusterWideAsync(bool hasFinalizers)
    {
        foreach (string path in ClusterWide)
        {
            foreach (JsonObject found in await ListAsync(path))
            {
                string name = (string)found["metadata"]!["name"]!;
                string group = (string?)found["spec"]?["group"] ?? "";
                if (!name.Contains(context.Variables.Suffix, StringComparison.Ordinal) && !group.Contains(context.Variables.Suffix, StringComparison.Ordinal))
                {
                    continue;
                }

                if (hasFinalizers && group.Length > 0)
                {
                    await StripAsync($"/apis/{group}/{found["spec"]!["versions"]![0]!["name"]}/{found["spec"]!["names"]!["plural"]}");
                }

                await AskAsync("DELETE", $"{path}/{name}");
            }
        }
    }

    private async Task StripAsync(string path)
    {
        foreach (JsonObject found in (await ListAsync(path)).Where(o => o["metadata"]!["finalizers"] is not null))
        {
            JsonNode metadata = found["metadata"]!;
            string folder = path;
            if (!path.Contains("/namespaces/", StringComparison.Ordinal) && metadata["namespace"] is { } ns)
            {
                folder = path.Insert(path.LastIndexOf('/'), $"/namespaces/{ns}");
            }

            await AskAsync("PATCH", $"{folder}/{metadata["name"]}", """{"metadata":{"finalizers":null}}""", "application/merge-patch+json");
        }
    }

    private async Task<IReadOnlyList<JsonObject>> ListAsync(string path) =>
        [.. ((await AskAsync("GET", path)).Document?["items"] as JsonArray ?? []).Select(i => i!.AsObject())];

    private async Task<ApiAnswer> AskAsync(string method, string path, string? body = null, string type = "application/json")
    {
        using CancellationTokenSource limit = new(context.Limits.Kubectl);
        ApiRequest request = new(method, path)
        {
            Body = body is null ? null : Encoding.UTF8.GetBytes(body),
            Headers = body is null ? new Dictionary<string, string?>() : new Dictionary<string, string?> { ["Content-Type"] = type },
        };
        return await context.Target.Cluster.AskAsync(request, limit.Token);
    }
}
