namespace Sympozium.Kubernetes.Client.Credentials;

/// <summary>Credentials that cannot be had now: a file that cannot be read, a plugin that failed. The message says which and what to do.</summary>
public sealed class CredentialException(string message, Exception? inner = null) : Exception(message, inner);
