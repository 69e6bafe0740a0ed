using Sympozium.Kubernetes.Api;

namespace Sympozium.LocalCluster.Controllers;

/// <summary>Refusals that only say that the namespace is going: nothing is to be made there any more, and nothing is wrong.</summary>
internal static class NamespaceEnd
{
    public static bool IsCauseOf(KubernetesException exception) =>
        exception.IsNotFound || exception.Details?["causes"]?[0]?["reason"]?.ToString() == "NamespaceTerminating";
}
