namespace Sympozium.Gateway.Broker;

/// <summary>Patience and limits of the broker towards providers.</summary>
public sealed class BrokerOptions
{
    /// <summary>Tries of one model call, the first included; only before the first byte of an answer.</summary>
    /// <value>Default 4, at least 1.</value>
    public int MaxAttempts { get; set; } = 4;

    /// <summary>Wait before the second try; it doubles each time, plus up to half as much by chance.</summary>
    /// <value>Default 500 ms.</value>
    public TimeSpan RetryBaseDelay { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Longest wait between tries that the broker chooses itself.</summary>
    /// <value>Default 20 seconds.</value>
    public TimeSpan RetryMaxDelay { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Longest <c>Retry-After</c> that is obeyed; a longer one ends the call at once.</summary>
    /// <value>Default 60 seconds.</value>
    public TimeSpan MaxRetryAfter { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Longest time to connect.</summary>
    /// <value>Default 10 seconds.</value>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest time from a request to the first byte of its answer, per try. Local models may think long before it.</summary>
    /// <value>Default 5 minutes.</value>
    public TimeSpan FirstByteTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Longest silence inside an answer.</summary>
    /// <value>Default 2 minutes.</value>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Longest line of a stream in bytes.</summary>
    /// <value>Default 16 MiB.</value>
    public int MaxLineBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>Largest answer that is not streamed, in bytes.</summary>
    /// <value>Default 64 MiB.</value>
    public int MaxAnswerBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>What Anthropic is asked for when a request gives no limit; its API requires one.</summary>
    /// <value>Default 8192.</value>
    public int AnthropicMaxTokens { get; set; } = 8192;

    /// <summary>Longest time to record a call whose agent has left.</summary>
    /// <value>Default 10 seconds.</value>
    public TimeSpan RecordTimeout { get; set; } = TimeSpan.FromSeconds(10);
}
