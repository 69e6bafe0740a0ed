using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Pods.Logs;
using Sympozium.Testing;

namespace Sympozium.LocalCluster.Tests.Pods;

/// <summary>The times of log lines, and what they are good for.</summary>
public sealed class PodLogOptionTests
{
    /// <summary>By so much, and less, the times of files are behind the clock.</summary>
    private static readonly TimeSpan ClockStep = TimeSpan.FromMilliseconds(50);

    [Fact]
    public async Task Log_LinesWithAPauseBetween_HaveTheirTimes()
    {
        await using PodRig rig = await PodRig.StartAsync();
        DateTimeOffset before = Now();
        await rig.CreatePodAsync("paced", Pod(rig, "echo one; echo two; until [ -e /s/go ]; do sleep 0.02; done; echo three; printf four"));
        await rig.UntilPhaseAsync("paced", "Running");
        await rig.UntilSaidAsync("paced", "two");
        DateTimeOffset[] early = Times((await rig.ReadLogAsync("paced", new LogOptions { Timestamps = true })).TrimEnd().Split('\n'));
        DateTimeOffset pause = Now() + ClockStep;
        await PodRig.UntilAsync(() => Now() > pause + ClockStep);
        await rig.GiveSignAsync("go");
        await rig.UntilPhaseAsync("paced", "Succeeded");

        string[] lines = (await rig.ReadLogAsync("paced", new LogOptions { Timestamps = true })).Split('\n');
        DateTimeOffset[] times = Times(lines);

        Assert.Equal(["one", "two", "three", "four"], lines.Select(l => l.Split(' ')[1]));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z one$", lines[0]);
        Assert.Equal(early, times[..2]);
        Assert.InRange(times[0], before - ClockStep, times[1]);
        Assert.InRange(times[1], times[0], pause);
        Assert.InRange(times[2], pause, times[3]);
        Assert.InRange(times[3], times[2], Now());
        Assert.Equal("three\nfour", await rig.ReadLogAsync("paced", new LogOptions { SinceTime = pause }));
        Assert.Equal("four", await rig.ReadLogAsync("paced", new LogOptions(TailLines: 1) { SinceTime = times[0] }));
        Assert.Equal("one\ntw", await rig.ReadLogAsync("paced", new LogOptions { LimitBytes = 6 }));
        Assert.Equal(lines[3], await rig.ReadLogAsync("paced", new LogOptions(TailLines: 1) { Timestamps = true }));
    }

    [Fact]
    public async Task Follow_WithTimes_GivesWholeLinesAndTheLastPart()
    {
        await using PodRig rig = await PodRig.StartAsync();
        await rig.CreatePodAsync("talks", Pod(rig, "printf a; until [ -e /s/go ]; do sleep 0.02; done; echo b; sleep 0.3; printf c"));
        await rig.UntilPhaseAsync("talks", "Running");

        Task<string> log = rig.ReadLogAsync("talks", new LogOptions(Follow: true) { Timestamps = true });
        await rig.GiveSignAsync("go");

        Assert.Equal(["ab", "c"], (await log).Split('\n').Select(l => l.Split(' ')[1]));
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

    private static string Pod(PodRig rig, string script) => $$"""
        {"restartPolicy":"Never","volumes":[{"name":"s","hostPath":{"path":"{{rig.DataDirectory}}"} }],
         "containers":[{"name":"c","image":"x","volumeMounts":[{"name":"s","mountPath":"/s"}],"command":["sh","-c","{{script}}"]}]}
        """;

    private static DateTimeOffset Now() => TimeProvider.System.GetUtcNow();

    private static DateTimeOffset[] Times(string[] lines) => [.. lines.Select(l => DateTimeOffset.Parse(l.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture))];
}
