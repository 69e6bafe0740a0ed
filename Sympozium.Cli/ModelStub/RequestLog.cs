using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace Sympozium.Cli.ModelStub;

/// <summary>Keeps the latest requests in memory, writes them to the record file, and wakes those who wait for one.</summary>
internal sealed class RequestLog(string? path, int capacity) : IAsyncDisposable
{
    private readonly StreamWriter? _file = path is null ? null : new StreamWriter(path, append: true);
    private readonly SemaphoreSlim _write = new(1, 1);
    private readonly Lock _gate = new();

    // Guarded by _gate.
    private ImmutableList<RecordedRequest> _requests = [];
    private ImmutableList<(Func<RecordedRequest, bool> Wanted, TaskCompletionSource<RecordedRequest> Found)> _waiters = [];

    public IReadOnlyList<RecordedRequest> Requests
    {
        get
        {
            lock (_gate)
            {
                return _requests;
            }
        }
    }

    public async Task AddAsync(RecordedRequest request, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _requests = (_requests.Count >= capacity ? _requests.RemoveAt(0) : _requests).Add(request);
            foreach (var waiter in _waiters.Where(waiter => waiter.Wanted(request)))
            {
                waiter.Found.TrySetResult(request);
                _waiters = _waiters.Remove(waiter);
            }
        }

        if (_file is not null)
        {
            await _write.WaitAsync(cancellationToken);
            try
            {
                await _file.WriteLineAsync(ToLine(request).AsMemory(), cancellationToken);
                await _file.FlushAsync(cancellationToken);
            }
            finally
            {
                _write.Release();
            }
        }
    }

    public Task<RecordedRequest> WaitForAsync(Func<RecordedRequest, bool> wanted)
    {
        lock (_gate)
        {
            if (_requests.FirstOrDefault(wanted) is { } present)
            {
                return Task.FromResult(present);
            }

            var found = new TaskCompletionSource<RecordedRequest>(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters = _waiters.Add((wanted, found));
            return found.Task;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _write.Dispose();
        if (_file is not null)
        {
            await _file.DisposeAsync();
        }
    }

    private static string ToLine(RecordedRequest request) => new JsonObject
    {
        ["number"] = request.Number,
        ["at"] = request.At.ToString("O"),
        ["method"] = request.Method,
        ["path"] = request.Path,
        ["headers"] = new JsonObject(request.Headers.Select(header => KeyValuePair.Create(header.Key, (JsonNode?)header.Value))),
        ["body"] = request.Body?.DeepClone(),
    }.ToJsonString();
}
