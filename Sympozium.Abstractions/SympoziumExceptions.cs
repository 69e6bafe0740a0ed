namespace Sympozium.Abstractions;

/// <summary>A named thing does not exist. Mapped to 404 at the edges.</summary>
public sealed class SympoziumNotFoundException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>A request or resource is wrong; the message names every problem. Mapped to 400 or 422 at the edges.</summary>
public sealed class SympoziumInvalidException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The present state does not allow the request. Mapped to 409 at the edges.</summary>
public sealed class SympoziumConflictException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Something that is needed does not answer; the same request may succeed later. Mapped to 503 at the edges.</summary>
public sealed class SympoziumUnavailableException(string message, Exception? inner = null) : Exception(message, inner)
{
    private const string RetryAfterKey = "sympozium.retry-after";

    /// <summary>When to try again; null when unknown. Kept in <see cref="Exception.Data"/>, which travels between processes with the exception.</summary>
    public TimeSpan? RetryAfter
    {
        get => Data[RetryAfterKey] as TimeSpan?;
        init => Data[RetryAfterKey] = value;
    }
}

/// <summary>A bounded buffer is full. Mapped to 429 at the edges.</summary>
public sealed class SympoziumOverloadedException(string message, Exception? inner = null) : Exception(message, inner);
