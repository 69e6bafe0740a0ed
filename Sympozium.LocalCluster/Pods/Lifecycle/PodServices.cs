using Microsoft.Extensions.Logging;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Events;
using Sympozium.LocalCluster.Identity;
using Sympozium.LocalCluster.Pods.Execution;
using Sympozium.LocalCluster.Pods.Limits;
using Sympozium.LocalCluster.Pods.Logs;
using Sympozium.LocalCluster.Pods.Network;
using Sympozium.LocalCluster.Pods.Processes;
using Sympozium.LocalCluster.Pods.Sandbox;

namespace Sympozium.LocalCluster.Pods.Lifecycle;

/// <summary>What the workers of one control plane share.</summary>
internal sealed record PodServices(
    LocalPodOptions Options,
    PodPaths Paths,
    IKubernetesClient Client,
    IServiceAccountTokens Tokens,
    EventRecorder Events,
    TimeProvider Time,
    ProcessWatcher Processes,
    ISandbox Sandbox,
    ContainerExec Exec,
    LogWatcher Logs,
    ControlGroups Groups,
    PodNetwork Network,
    ILogger Logger);
