namespace Sympozium.Runner.Agent;

/// <summary>The model will not answer this run: it ends with this reason.</summary>
internal sealed class ModelFailureException(string reason, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>One of <c>RunFailureReasons</c>.</summary>
    public string Reason { get; } = reason;
}

/// <summary>One attempt at a model round failed in a way that may pass.</summary>
internal sealed class ModelAttemptException(string message, bool isRubbish, int? retryAfterSeconds = null, Exception? inner = null)
    : Exception(message, inner)
{
    /// <summary>The answer came but made no sense.</summary>
    public bool IsRubbish { get; } = isRubbish;

    /// <summary>Pause that the server asked for.</summary>
    public int? RetryAfterSeconds { get; } = retryAfterSeconds;
}
