using System.Globalization;
using System.Text.Json.Nodes;
using Sympozium.Conformance.Tests.Cluster;

namespace Sympozium.Conformance.Tests.Running;

/// <summary>Makes a case's namespace and removes it afterwards, with everything else that the case made.</summary>
internal sealed class CaseNamespace(CaseContext context)
{
    /// <summary>No case takes that long.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(20);

    private readonly string _name = context.Variables.Namespace;
    private readonly ClusterWideObjects _clusterWide = new(context.Target.Cluster, context.Limits.Kubectl);

    public async Task MakeAsync()
    {
        ApiAnswer answer = await AskAsync("POST", "/api/v1/namespaces", $$$$"""{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"{{{{_name}}}}","labels":{"kit":"case"}}}""");
        if (answer.Status != 201)
        {
            throw new StepException($"The namespace '{_name}' cannot be made: {answer.Status} {answer.Text}");
        }

        context.Target.Made(_name);
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
            await _clusterWide.RemoveAsync(context.Variables.Suffix, hasFinalizers);
        }

        if (hasFinalizers)
        {
            await _clusterWide.StripAsync($"/api/v1/namespaces/{_name}/configmaps");
            await _clusterWide.StripAsync($"/api/v1/namespaces/{_name}/pods");
            await _clusterWide.StripAsync($"/apis/batch/v1/namespaces/{_name}/jobs");
        }

        if (context.Case.Needs("node"))
        {
            await AskAsync("DELETE", $"/apis/batch/v1/namespaces/{_name}/jobs?propagationPolicy=Background");
            await AskAsync("DELETE", $"/apis/apps/v1/namespaces/{_name}/deployments");
            await AskAsync("DELETE", $"/api/v1/namespaces/{_name}/pods?gracePeriodSeconds=0");
        }

        await AskAsync("DELETE", $"/api/v1/namespaces/{_name}");
    }

    /// <summary>Removes what cases left whose run died: their namespaces, which are older than any case takes, and what has their words.</summary>
    public static async Task RemoveLeftoversAsync(ConformanceTarget target)
    {
        ClusterWideObjects clusterWide = new(target.Cluster, target.Limits.Kubectl);
        DateTimeOffset old = TimeProvider.System.GetUtcNow() - Longest;
        foreach (JsonObject left in (await clusterWide.ListAsync("/api/v1/namespaces?labelSelector=kit%20in%20(case,probe)"))
            .Where(space => DateTimeOffset.Parse((string)space["metadata"]!["creationTimestamp"]!, CultureInfo.InvariantCulture) < old))
        {
            string name = (string)left["metadata"]!["name"]!;
            if (CaseVariables.SuffixOf(name) is not { } suffix)
            {
                // A probe's: its webhook has its name.
                await clusterWide.RemoveAsync(name, hasFinalizers: false);
            }
            else
            {
                await clusterWide.RemoveAsync(suffix, hasFinalizers: true);
                await clusterWide.StripAsync($"/api/v1/namespaces/{name}/configmaps");
                await clusterWide.StripAsync($"/api/v1/namespaces/{name}/pods");
                await clusterWide.StripAsync($"/apis/batch/v1/namespaces/{name}/jobs");
                await clusterWide.AskAsync("DELETE", $"/api/v1/namespaces/{name}");
            }
        }
    }

    private Task<ApiAnswer> AskAsync(string method, string path, string? body = null) => _clusterWide.AskAsync(method, path, body);
}
