namespace Sympozium.Runner.Http;

/// <summary>Status line and the few headers of a response that matter here.</summary>
internal sealed record HttpResponse
{
    /// <summary>Status code.</summary>
    public required int Status { get; init; }

    /// <summary>Media type without parameters, lower case.</summary>
    public string ContentType { get; init; } = "";

    /// <summary>What <c>Retry-After</c> asks for, in seconds; dates are not read.</summary>
    public int? RetryAfterSeconds { get; init; }

    /// <summary>What <c>x-should-retry</c> says: whether the same request may succeed later; null when it says nothing.</summary>
    public bool? ShouldRetry { get; init; }

    /// <summary>Length of the body; null when it is chunked or ends with the connection.</summary>
    public long? ContentLength { get; init; }

    /// <summary>Whether the body is chunked.</summary>
    public bool IsChunked { get; init; }

    /// <summary>Whether the server closes the connection after it.</summary>
    public bool Closes { get; init; }
}
