using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Pods.Logs;
using Sympozium.Testing;

namespace Sympozium.LocalCluster.Tests.Pods;

/// <summary>The times of log lines, and what they are good for.</summary>
public sealed class PodLogOptionTests
{
    [Fact]
    public async Task Log_LinesWithAPauseBetween_HaveTheirTimes()
    {
        await using PodRig rig = await PodRig.StartAsync();
        await rig.CreatePodAsync("paced", """{"restartPolicy":"Never","containers":[{"name":"c","image":"x","command":["sh","-c","echo one; echo two; sleep 1.2; echo three; printf four"]}]}""");
        await rig.UntilPhaseAsync("paced", "Succeeded");

        string[] lines = (await rig.ReadLogAsync("paced", new LogOptions { Timestamps = true })).Split('\n');
        DateTimeOffset[] times = [.. lines.Select(l => DateTimeOffset.Parse(l.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture))];

        Assert.Equal(["one", "two", "three", "four"], lines.Select(l => l.Split(' ')[1]));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z one$", lines[0]);
        Assert.InRange(times[1] - times[0], TimeSpan.Zero, TimeSpan.FromMilliseconds(500));
        Assert.InRange(times[2] - times[1], TimeSpan.FromMilliseconds(800), TimeSpan.FromSeconds(10));
        Assert.Equal("three\nfour", await rig.ReadLogAsync("paced", new LogOptions { SinceTime = times[1].AddMilliseconds(400) }));
        Assert.Equal("four", await rig.ReadLogAsync("paced", new LogOptions(TailLines: 1) { SinceTime = times[0] }));
        Assert.Equal("one\ntw", await rig.ReadLogAsync("paced", new LogOptions { LimitBytes = 6 }));
        Assert.Equal(lines[3], await rig.ReadLogAsync("paced", new LogOptions(TailLines: 1) { Timestamps = true }));
    }

    [Fact]
    public async Task Follow_WithTimes_GivesWholeLinesAndTheLastPart()
    {
        await using PodRig rig = await PodRig.StartAsync();
        await rig.CreatePodAsync("talks", """{"restartPolicy":"Never","containers":[{"name":"c","image":"x","command":["sh","-c","printf a; sleep 0.3; echo b; sleep 0.3; printf c"]}]}""");
        await rig.UntilPhaseAsync("talks", "Running");

        string[] lines = (await rig.ReadLogAsync("talks", new LogOptions(Follow: true) { Timestamps = true })).Split('\n');

        Assert.Equal(["ab", "c"], lines.Select(l => l.Split(' ')[1]));
    }

    [Fact]
    public void Times_WithoutAnyLook_AreThatOfTheLastChange()
    {
        using var directory = new TemporaryDirectory();
        string log = directory["0.log"];
        File.WriteAllText(log, "one\ntwo\n");
        var changed = new DateTime(2026, 5, 4, 3, 2, 1, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(log, changed);

        LogTimes times = LogTimes.Read(log);

        Assert.Equal("2026-05-04T03:02:01.000000000Z", LogTimes.Format(times.At(8)));
        Assert.Equal("2026-05-04T03:02:00.999999996Z", LogTimes.Format(times.At(4)));
        Assert.Equal(0, times.Before(changed));
        Assert.Equal(long.MaxValue, times.Before(changed.AddTicks(1)));
    }

    [Fact]
    public void Times_SeveralLooks_KeepOrderWhateverTheDistance()
    {
        using var directory = new TemporaryDirectory();
        string log = directory["0.log"];
        byte[] entries = new byte[2 * LogTimes.EntryBytes];
        DateTimeOffset first = DateTimeOffset.UnixEpoch.AddSeconds(10);
        LogTimes.Write(entries, 10, first);
        LogTimes.Write(entries.AsSpan(LogTimes.EntryBytes), 1_000_000_000_000, first.AddTicks(1));
        File.WriteAllBytes(LogTimes.PathOf(log), entries);

        LogTimes times = LogTimes.Read(log);

        Assert.Equal(LogTimes.Nanoseconds(first), times.At(10));
        Assert.Equal(LogTimes.Nanoseconds(first) + 1, times.At(20));
        Assert.Equal(10, times.Before(first.AddTicks(1)));
    }
}
