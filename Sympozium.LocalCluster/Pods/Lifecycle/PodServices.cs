using Microsoft.Extensions.Logging;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Identity;
using Sympozium.LocalCluster.Pods.Processes;
using Sympozium.LocalCluster.Pods.Sandbox;

namespace Sympozium.LocalCluster.Pods.Lifecycle;

/// <summary>What the workers of one control plane share.</summary>
internal sealed record PodServices(
    LocalPodOptions Options,
    PodPaths Paths,
    IKubernetesClient Client,
    IServiceAccountTokens Tokens,
    TimeProvider Time,
    ProcessWatcher Processes,
    ISandbox Sandbox,
    ILogger Logger);
