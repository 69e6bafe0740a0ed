namespace Sympozium.Kubernetes.Manifests;

/// <summary>A YAML or JSON document cannot be read; the message has its place as <c>source:line:column: why</c>.</summary>
public sealed class ManifestException(string message, Exception? inner = null) : Exception(message, inner);
