using Sympozium.LocalCluster.Pods.Manifest;

namespace Sympozium.LocalCluster.Pods.Probing;

/// <summary>Turns results of a probe into what it has come to, by its thresholds.</summary>
internal sealed class ProbeCounter(Probe probe)
{
    private bool? _outcome;
    private bool _last;
    private int _inARow;

    /// <summary>Counts a result; the new outcome when it changed, null otherwise.</summary>
    public bool? Count(HandlerResult result)
    {
        _inARow = result.Ok == _last ? _inARow + 1 : 1;
        _last = result.Ok;
        if (_inARow < (result.Ok ? probe.SuccessThreshold : probe.FailureThreshold) || _outcome == result.Ok)
        {
            return null;
        }

        _outcome = result.Ok;
        return _outcome;
    }
}
