namespace Sympozium.LocalCluster.Pods;

/// <summary>What local pods are kept from on this machine; known once the sandbox was tried at start.</summary>
public sealed class PodIsolation
{
    private readonly TaskCompletionSource<string?> _warning = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What pods are not kept from, in words for people; null when everything is isolated.</summary>
    public Task<string?> WarningAsync(CancellationToken cancellationToken) => _warning.Task.WaitAsync(cancellationToken);

    internal void Set(string? warning) => _warning.TrySetResult(warning);
}
