using Sympozium.Kubernetes.Client;
using Sympozium.Testing;

namespace Sympozium.Kubernetes.Tests.Client;

public sealed class RequestThrottleTests
{
    private readonly FakeTime _time = new();

    [Fact]
    public void Burst_GoesThroughAtOnce_TheRestAtTheRate()
    {
        var throttle = new RequestThrottle(10, 5, _time);
        Task[] requests = [.. Enumerable.Range(0, 15).Select(_ => throttle.WaitAsync(CancellationToken.None).AsTask())];
        Assert.Equal(5, requests.Count(request => request.IsCompleted));
        _time.Advance(TimeSpan.FromMilliseconds(500));
        Assert.Equal(10, requests.Count(request => request.IsCompleted));
        _time.Advance(TimeSpan.FromMilliseconds(500));
        Assert.Equal(15, requests.Count(request => request.IsCompleted));
    }

    [Fact]
    public void Quiet_GivesTheBurstBack_AndNoMore()
    {
        var throttle = new RequestThrottle(10, 2, _time);
        _time.Advance(TimeSpan.FromHours(1));
        Task[] requests = [.. Enumerable.Range(0, 3).Select(_ => throttle.WaitAsync(CancellationToken.None).AsTask())];
        Assert.Equal(2, requests.Count(request => request.IsCompleted));
    }

    [Fact]
    public async Task Cancelled_GivesItsTurnBack()
    {
        var throttle = new RequestThrottle(1, 1, _time);
        await throttle.WaitAsync(CancellationToken.None);
        using var cancel = new CancellationTokenSource();
        Task left = throttle.WaitAsync(cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        Task next = throttle.WaitAsync(CancellationToken.None).AsTask();
        _time.Advance(TimeSpan.FromSeconds(1));
        await next.WaitAsync(TestTimeouts.InProcess);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    public void Pause_HoldsEverything_WithAndWithoutARate(double perSecond)
    {
        var throttle = new RequestThrottle(perSecond, 100, _time);
        throttle.Pause(TimeSpan.FromSeconds(3));
        throttle.Pause(TimeSpan.FromSeconds(1));
        Task request = throttle.WaitAsync(CancellationToken.None).AsTask();
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.False(request.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(request.IsCompleted);
        Assert.True(throttle.WaitAsync(CancellationToken.None).AsTask().IsCompleted);
    }
}
