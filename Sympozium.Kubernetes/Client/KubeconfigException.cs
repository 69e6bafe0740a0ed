namespace Sympozium.Kubernetes.Client;

/// <summary>A kubeconfig cannot be read or does not say how to connect; the message names the file and what to do.</summary>
public sealed class KubeconfigException(string message, Exception? inner = null) : Exception(message, inner);
