using System.Net;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Watching;
using Sympozium.Testing;

namespace Sympozium.Kubernetes.Tests.Watching;

public sealed class ResourceWatchTests : IAsyncLifetime, IDisposable
{
    private static readonly ResourceWatchOptions Options = new();

    private readonly FakeTime _time = new();
    private readonly ScriptedKubernetes _kubernetes = new();
    private readonly RecordingLogger _log = new();
    private readonly Channel<string> _forwarded = Channel.CreateUnbounded<string>();
    private readonly CancellationTokenSource _stop = new();
    private readonly ResourceWatch _watch;
    private Task _running = Task.CompletedTask;

    public ResourceWatchTests() => _watch = new ResourceWatch(
        _kubernetes,
        SympoziumTypes.AgentRuns,
        Options,
        _time,
        _log);

    public Task InitializeAsync()
    {
        _running = _watch.RunAsync(resources => resources.ToList().ForEach(Forward), change => Forward(change.Resource), _stop.Token);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
    }

    public void Dispose() => _stop.Dispose();

    private void Forward(JsonObject resource) => _forwarded.Writer.TryWrite((string)resource["metadata"]!["name"]!);

    [Fact]
    public async Task Watch_Started_ForwardsTheListAndThenTheChanges()
    {
        _kubernetes.AnswerList("10", "a", "b");
        await CalledAsync("list", "watch 10");
        _kubernetes.Send(WatchEventType.Modified, "a", "11");
        _kubernetes.Send(WatchEventType.Deleted, "b", "12");
        Assert.Equal(["a", "b", "a", "b"], await ForwardedAsync(4));
        Assert.True(_watch.IsHealthy);
    }

    [Fact]
    public async Task Watch_Ended_ResumesFromTheLastSeenVersion()
    {
        _kubernetes.AnswerList("10");
        await CalledAsync("list", "watch 10");
        _kubernetes.Send(WatchEventType.Added, "a", "11");
        _kubernetes.Send(WatchEventType.Bookmark, "", "20");
        _kubernetes.EndWatch();
        await MoveAsync(Options.FirstPause);
        await CalledAsync("watch 20");
        Assert.Equal(["a"], await ForwardedAsync(1));
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public async Task Watch_EndedAtOnceEachTime_PausesBetweenTries()
    {
        _kubernetes.AnswerList("10");
        await CalledAsync("list", "watch 10");
        _kubernetes.EndWatch();
        await _time.WaitForTimerAsync(Options.FirstPause);
        Assert.False(_kubernetes.Calls.Reader.TryRead(out _));
    }

    [Theory]
    [InlineData(StatusReasons.Gone)]
    [InlineData(StatusReasons.Expired)]
    public async Task Watch_WhoseVersionIsGone_ListsAgain(string reason)
    {
        _kubernetes.AnswerList("10");
        await CalledAsync("list", "watch 10");
        _kubernetes.AnswerList("50", "missed");
        _kubernetes.EndWatch(new KubernetesException(HttpStatusCode.Gone, reason, "too old resource version"));
        await CalledAsync("list", "watch 50");
        Assert.Equal(["missed"], await ForwardedAsync(1));
        Assert.True(_watch.IsHealthy);
    }

    [Fact]
    public async Task Api_Away_IsLoggedOnceAndTriedWithGrowingPausesUntilItAnswers()
    {
        for (int failure = 0; failure < 4; failure++)
        {
            _kubernetes.FailList(new KubernetesException(HttpStatusCode.ServiceUnavailable, StatusReasons.Unreachable, "no answer"));
            await CalledAsync("list");
            Assert.False(_watch.IsHealthy);
            await MoveAsync(Options.FirstPause * Math.Pow(2, failure));
        }

        Assert.Single(_log.Lines, line => line.StartsWith("Warning", StringComparison.Ordinal));
        _kubernetes.AnswerList("7", "a");
        await CalledAsync("list", "watch 7");
        Assert.Equal(["a"], await ForwardedAsync(1));
        Assert.True(_watch.IsHealthy);
        Assert.Contains(_log.Lines, line => line.Contains("works again after 4 failures", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Resync_WhenItsTimeComes_ListsAgainThoughNoEventCame()
    {
        _kubernetes.AnswerList("10", "a");
        await CalledAsync("list", "watch 10");
        _kubernetes.AnswerList("11", "a", "b");
        await MoveAsync(Options.ResyncPeriod);
        await CalledAsync("list", "watch 11");
        Assert.Equal(["a", "a", "b"], await ForwardedAsync(3));
        Assert.Empty(_log.Lines);
    }

    private async Task MoveAsync(TimeSpan by)
    {
        await _time.WaitForTimerAsync(by);
        _time.Advance(by);
    }

    private async Task CalledAsync(params string[] calls)
    {
        using var timeout = new CancellationTokenSource(TestTimeouts.InProcess);
        foreach (string call in calls)
        {
            Assert.Equal(call, await _kubernetes.Calls.Reader.ReadAsync(timeout.Token));
        }
    }

    private async Task<List<string>> ForwardedAsync(int count)
    {
        using var timeout = new CancellationTokenSource(TestTimeouts.InProcess);
        var names = new List<string>();
        while (names.Count < count)
        {
            names.Add(await _forwarded.Reader.ReadAsync(timeout.Token));
        }

        return names;
    }

    private sealed class RecordingLogger : ILogger
    {
        private readonly List<string> _lines = [];

        public IReadOnlyList<string> Lines
        {
            get
            {
                lock (_lines)
                {
                    return [.. _lines];
                }
            }
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_lines)
            {
                _lines.Add($"{logLevel}: {formatter(state, exception)}");
            }
        }
    }
}
