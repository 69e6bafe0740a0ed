using System.Globalization;
using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Tests.Faults;

/// <summary>One event as a watcher saw it.</summary>
internal sealed record WatchedEvent(string Type, string Name, long Version);

/// <summary>A watcher that outlives its server: after a break it goes on from the last event it had.</summary>
internal sealed class WatchedEvents(string path, long start)
{
    private readonly List<WatchedEvent> _events = [];
    private readonly Lock _lock = new();
    private long _last = start;

    public IReadOnlyList<WatchedEvent> Events
    {
        get
        {
            lock (_lock)
            {
                return [.. _events];
            }
        }
    }

    /// <summary>Reads until the server is gone or the version is reached.</summary>
    public async Task ReadAsync(ApiCaller api, long until, CancellationToken cancellationToken)
    {
        try
        {
            await using Stream stream = await api.OpenAsync($"{path}?watch=1&resourceVersion={_last.ToString(CultureInfo.InvariantCulture)}", cancellationToken);
            using StreamReader reader = new(stream);
            while (_last < until && await reader.ReadLineAsync(cancellationToken) is { } line)
            {
                JsonNode change = JsonNode.Parse(line)!;
                JsonNode metadata = change["object"]!["metadata"]!;
                WatchedEvent seen = new(
                    change["type"]!.GetValue<string>(), metadata["name"]?.GetValue<string>() ?? "", long.Parse(metadata["resourceVersion"]!.GetValue<string>(), CultureInfo.InvariantCulture));
                lock (_lock)
                {
                    _events.Add(seen);
                }

                _last = seen.Version;
            }
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException or System.Text.Json.JsonException && until == long.MaxValue)
        {
            // The server was killed, perhaps in the middle of a line: that event was not seen.
            return;
        }
    }
}
