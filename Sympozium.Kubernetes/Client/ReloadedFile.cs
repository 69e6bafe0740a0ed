namespace Sympozium.Kubernetes.Client;

/// <summary>
/// What one or several files hold, where somebody else replaces the files while the client lives (the kubelet rotates tokens and authorities,
/// cert-manager rotates certificates). They are read again once a minute, and at once after <see cref="Expire"/>; when they cannot be read or
/// hold rubbish, what they held before serves on.
/// </summary>
/// <param name="files">The files, all read together.</param>
/// <param name="parse">Their contents as a value.</param>
/// <param name="time">The clock.</param>
internal sealed class ReloadedFile<T>(IReadOnlyList<string> files, Func<IReadOnlyList<string>, T> parse, TimeProvider time)
    where T : class
{
    private static readonly TimeSpan ReadAgainAfter = TimeSpan.FromMinutes(1);

    private volatile Snapshot? _last;

    /// <summary>The value. The same object as long as the files have not changed.</summary>
    /// <exception cref="IOException">A file cannot be read, and none was read before.</exception>
    public T Get()
    {
        Snapshot? last = _last;
        if (last is not null && !last.Expired && time.GetElapsedTime(last.ReadAt) < ReadAgainAfter)
        {
            return last.Value;
        }

        try
        {
            string[] contents = [.. files.Select(File.ReadAllText)];
            T value = last is not null && contents.SequenceEqual(last.Contents) ? last.Value : parse(contents);
            _last = new Snapshot(value, contents, time.GetTimestamp(), Expired: false);
            return value;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException or ArgumentException && last is not null)
        {
            // In the middle of being replaced; the next look, a minute later, finds it whole.
            _last = last with { ReadAt = time.GetTimestamp(), Expired = false };
            return last.Value;
        }
    }

    /// <summary>Makes the next <see cref="Get"/> read the files.</summary>
    public void Expire()
    {
        if (_last is { } last)
        {
            _last = last with { Expired = true };
        }
    }

    private sealed record Snapshot(T Value, string[] Contents, long ReadAt, bool Expired);
}
