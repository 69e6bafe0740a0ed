using System.Text.Json.Nodes;
using Sympozium.Testing;
using Sympozium.Testing.Live;

namespace Sympozium.Conformance.Tests.Cluster;

/// <summary>With what the cases were recorded: other versions of Kubernetes and of kubectl say some things in other words.</summary>
internal static class RecordedVersions
{
    private const string Server = "1.36";
    private const string Kubectl = "1.32";

    /// <summary>Null when the server is of the version of the recordings.</summary>
    public static string? WhyOtherServer(JsonNode? version)
    {
        string found = Minor((string?)version?["gitVersion"]);
        return found == Server ? null : $"The server is Kubernetes {found}; the cases were recorded on {Server}.";
    }

    /// <summary>Null when the installed kubectl is.</summary>
    public static async Task<string?> WhyOtherKubectlAsync()
    {
        if (Testing.Kubectl.Missing is { } missing)
        {
            return missing;
        }

        KubectlResult answer = await LiveEnvironment.Kubectl().RunAsync("version", "--client", "-o", "json");
        string found = Minor((string?)JsonNode.Parse(answer.Success)!["clientVersion"]?["gitVersion"]);
        return found == Kubectl ? null : $"kubectl is {found}; the case has output of kubectl {Kubectl}. Cases of plain HTTP run.";
    }

    /// <summary><c>v1.36.2+x</c> → <c>1.36</c>.</summary>
    private static string Minor(string? version) => version is null ? "unknown" : string.Join('.', version.TrimStart('v').Split('.').Take(2));
}
