namespace Sympozium.Gateway.Admission;

/// <summary>What the webhook still needs before it can answer; shown by <c>/readyz</c>.</summary>
internal sealed class AdmissionHealth(AdmissionLookup lookup, WebhookCertificates certificates)
{
    /// <summary>Everything that is missing; empty when the webhook is ready.</summary>
    public IReadOnlyList<string> Problems() =>
    [
        .. lookup.Unsynced.Select(kind => $"the cache of {kind} is not filled yet"),
        .. certificates.Problem is { } problem ? [problem] : (string[])[],
    ];
}
