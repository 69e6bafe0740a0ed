using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Jobs;

/// <summary>Makes the Pod objects of a Job from its template.</summary>
internal static class JobPodFactory
{
    /// <summary>Label and annotation with a pod's completion index.</summary>
    public const string IndexName = "batch.kubernetes.io/job-completion-index";

    /// <summary>Annotation with the failures of the index before this pod.</summary>
    public const string IndexFailuresName = "batch.kubernetes.io/job-index-failure-count";

    /// <summary>Annotation with those of them that the failure policy ignored.</summary>
    public const string IgnoredIndexFailuresName = "batch.kubernetes.io/job-index-ignored-failure-count";

    private const string IndexVariable = "JOB_COMPLETION_INDEX";
    private const string SuffixLetters = "bcdfghjklmnpqrstvwxz2456789";
    private const int SuffixLength = 5;
    private const int MaxNameLength = 63;

    /// <param name="job">The Job.</param>
    /// <param name="request">Which of its pods.</param>
    /// <param name="nodeName">The node when it is known to fit; null leaves the choice to the scheduler.</param>
    public static JsonObject Create(JobManifest job, JobPodRequest request, string? nodeName)
    {
        string? index = request.Index?.ToString(CultureInfo.InvariantCulture);
        string tail = index is null ? "-" : $"-{index}-";
        string prefix = Shorten(job.Metadata.Name, MaxNameLength - SuffixLength - tail.Length) + tail;
        JsonNode? template = job.Spec.Template["metadata"];
        JsonObject labels = template?["labels"]?.DeepClone() as JsonObject ?? [];
        labels["batch.kubernetes.io/controller-uid"] = job.Metadata.Uid;
        labels["batch.kubernetes.io/job-name"] = job.Metadata.Name;
        labels["controller-uid"] = job.Metadata.Uid;
        labels["job-name"] = job.Metadata.Name;
        JsonObject annotations = template?["annotations"]?.DeepClone() as JsonObject ?? [];
        JsonObject spec = job.Spec.Template["spec"]?.DeepClone() as JsonObject ?? [];
        if (index is not null)
        {
            labels[IndexName] = index;
            annotations[IndexName] = index;
            Count(annotations, job, request.Failures);
            spec["hostname"] ??= Shorten(job.Metadata.Name, MaxNameLength - tail.Length + 1) + "-" + index;
            Tell(spec);
        }

        var metadata = new JsonObject
        {
            ["name"] = prefix + RandomNumberGenerator.GetString(SuffixLetters, SuffixLength),
            ["generateName"] = prefix,
            ["namespace"] = job.Metadata.Namespace,
            ["labels"] = labels,
            ["ownerReferences"] = new JsonArray(new JsonObject
            {
                ["apiVersion"] = "batch/v1",
                ["kind"] = "Job",
                ["name"] = job.Metadata.Name,
                ["uid"] = job.Metadata.Uid,
                ["controller"] = true,
                ["blockOwnerDeletion"] = true,
            }),
        };
        if (annotations.Count > 0)
        {
            metadata["annotations"] = annotations;
        }

        if (nodeName is not null && spec["nodeName"] is null)
        {
            spec["nodeName"] = nodeName;
        }

        return new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Pod", ["metadata"] = metadata, ["spec"] = spec };
    }

    private static string Shorten(string name, int length) => name.Length <= length ? name : name[..length];

    private static void Count(JsonObject annotations, JobManifest job, IndexFailures failures)
    {
        if (job.Spec.BackoffLimitPerIndex is null)
        {
            return;
        }

        annotations[IndexFailuresName] = failures.Counted.ToString(CultureInfo.InvariantCulture);
        if (failures.Ignored > 0)
        {
            annotations[IgnoredIndexFailuresName] = failures.Ignored.ToString(CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Every container gets its index as a variable, unless the template sets that itself.</summary>
    private static void Tell(JsonObject spec)
    {
        foreach (string list in (string[])["initContainers", "containers"])
        {
            foreach (JsonObject container in (spec[list] as JsonArray ?? []).OfType<JsonObject>())
            {
                if (container["env"] is not JsonArray variables)
                {
                    variables = [];
                    container["env"] = variables;
                }

                if (variables.All(v => (string?)v?["name"] != IndexVariable))
                {
                    variables.Add((JsonNode)new JsonObject
                    {
                        ["name"] = IndexVariable,
                        ["valueFrom"] = new JsonObject { ["fieldRef"] = new JsonObject { ["apiVersion"] = "v1", ["fieldPath"] = $"metadata.labels['{IndexName}']" } },
                    });
                }
            }
        }
    }
}
