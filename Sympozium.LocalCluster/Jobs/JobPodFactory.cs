using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Jobs;

/// <summary>Makes the Pod objects of a Job from its template.</summary>
internal static class JobPodFactory
{
    private const string SuffixLetters = "bcdfghjklmnpqrstvwxz2456789";
    private const int SuffixLength = 5;
    private const int MaxNameLength = 63;

    public static JsonObject Create(JobManifest job, string nodeName)
    {
        string prefix = job.Metadata.Name + "-";
        prefix = prefix.Length + SuffixLength <= MaxNameLength ? prefix : prefix[..(MaxNameLength - SuffixLength)];
        JsonNode? template = job.Spec.Template["metadata"];
        JsonObject labels = template?["labels"]?.DeepClone() as JsonObject ?? [];
        labels["batch.kubernetes.io/controller-uid"] = job.Metadata.Uid;
        labels["batch.kubernetes.io/job-name"] = job.Metadata.Name;
        labels["controller-uid"] = job.Metadata.Uid;
        labels["job-name"] = job.Metadata.Name;
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
        if (template?["annotations"] is JsonObject annotations)
        {
            metadata["annotations"] = annotations.DeepClone();
        }

        JsonObject spec = job.Spec.Template["spec"]?.DeepClone() as JsonObject ?? [];
        spec["nodeName"] = nodeName;
        return new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Pod", ["metadata"] = metadata, ["spec"] = spec };
    }
}
