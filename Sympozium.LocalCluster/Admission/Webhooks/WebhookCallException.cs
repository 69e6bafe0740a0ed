namespace Sympozium.LocalCluster.Admission.Webhooks;

/// <summary>A webhook could not be asked, or its answer is none: the failure policy decides.</summary>
internal sealed class WebhookCallException(string message, Exception? inner = null) : Exception(message, inner);
