using Sympozium.LocalCluster.Hosting;
using Sympozium.Silo.Admission;
using Sympozium.Testing;

namespace Sympozium.Silo.Tests.Admission;

/// <summary>The samples and the manifests of the documents, with the real kubectl on a local cluster that has nothing but our definitions and admission.</summary>
public sealed class SampleManifestTests : IAsyncLifetime, IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private LocalClusterHost _cluster = null!;
    private Kubectl _kubectl = null!;

    public async Task InitializeAsync()
    {
        var options = new LocalClusterOptions { DataDirectory = _directory["data"], Port = 0 };
        foreach (string file in Directory.EnumerateFiles(SampleManifests.Crds, "*.yaml"))
        {
            options.CustomResourceDefinitions.Add(await File.ReadAllTextAsync(file));
        }

        _cluster = await LocalClusterHost.StartAsync(options, [new ResourceAdmission(() => _cluster.Client)]);
        _kubectl = new Kubectl(_cluster.KubeconfigPath);
    }

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task EverySample_AppliesInBothWaysAndStaysUnchanged()
    {
        string[] files = SampleManifests.Files;
        Assert.True(files.Length >= 15, "The samples are missing.");
        foreach (string file in files)
        {
            string wouldApply = (await _kubectl.RunAsync("apply", "--server-side", "--dry-run=server", "-f", file)).Success;
            string applied = (await _kubectl.RunAsync("apply", "-f", file)).Success;
            string again = (await _kubectl.RunAsync("apply", "-f", file)).Success;

            Assert.Contains("serverside-applied (server dry run)", wouldApply, StringComparison.Ordinal);
            Assert.All(Lines(applied), line => Assert.EndsWith("created", line, StringComparison.Ordinal));
            Assert.All(Lines(again), line => Assert.EndsWith("unchanged", line, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Samples_CoverEveryKind()
    {
        string[] kinds = [.. Directory.EnumerateFiles(SampleManifests.Crds, "*.yaml").Select(file => SampleManifests.Value(File.ReadAllText(file), "kind: ", occurrence: 2))];
        string samples = string.Join('\n', await Task.WhenAll(SampleManifests.Files.Select(file => File.ReadAllTextAsync(file))));

        Assert.All(kinds, kind => Assert.Contains($"\nkind: {kind}\n", samples, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Kubectl_ShowsRunsByEitherSpellingAndTheCategory()
    {
        foreach (string file in SampleManifests.Files)
        {
            _ = (await _kubectl.RunAsync("apply", "-f", file)).Success;
        }

        IReadOnlyList<string> runs = (await _kubectl.RunAsync("get", "agentruns", "-o", "wide")).Rows;
        IReadOnlyList<string> schedules = (await _kubectl.RunAsync("get", "sched", "-o", "wide")).Rows;
        string category = (await _kubectl.RunAsync("get", "sympozium")).Success;

        Assert.Equal("NAME AGENT PHASE REASON POD MODEL TOKENS TOOLS ERROR AGE", runs[0]);
        Assert.Contains(runs, row => row.StartsWith("legacy-agent legacy-helper ", StringComparison.Ordinal) && row.Contains("qwen3:8b", StringComparison.Ordinal));
        Assert.Contains(runs, row => row.StartsWith("quick-check helper ", StringComparison.Ordinal));
        Assert.Contains(schedules, row => row.StartsWith("legacy-report legacy-helper 0 9 * * 1-5 Europe/Paris scheduled", StringComparison.Ordinal));
        Assert.All(
            ["agent.sympozium.ai/sre-watchdog", "ensemble.sympozium.ai/newsroom", "personapack.sympozium.ai/legacy-team", "mcpserver.sympozium.ai/wiki", "toolapproval.sympozium.ai/quick-check-1"],
            name => Assert.Contains(name, category, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Kubectl_ExplainsEveryKindToItsLeaves()
    {
        foreach (string plural in Directory.EnumerateFiles(SampleManifests.Crds, "*.yaml").Select(file => Path.GetFileNameWithoutExtension(file).Split('_')[1]))
        {
            string all = (await _kubectl.RunAsync("explain", plural, "--recursive")).Success;

            Assert.Contains("spec\t<Object> -required-", all, StringComparison.Ordinal);
            Assert.Contains("conditions\t<[]Object>", all, StringComparison.Ordinal);
        }

        string field = (await _kubectl.RunAsync("explain", "ensembles.spec.agentConfigs.schedule.firstTick")).Success;
        Assert.Contains("ENUM:\n    immediate\n    afterInterval\n", field, StringComparison.Ordinal);
        Assert.Contains("Whether the first run comes at once or after the interval.", field, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Kubectl_IsWarnedOfWhatThisVersionDoesNot()
    {
        KubectlResult applied = await _kubectl.RunAsync("apply", "--dry-run=server", "-f", Path.Combine(SampleManifests.Samples, "sympoziumschedule.yaml"));

        Assert.Equal(0, applied.ExitCode);
        Assert.Contains("Warning: SympoziumSchedule is stored and has no effect in this version: no runs are started by schedules yet", applied.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Kubectl_SelectsByPhaseAndRun()
    {
        _ = (await _kubectl.RunAsync("apply", "-f", Path.Combine(SampleManifests.Samples, "agentrun.yaml"), "-f", Path.Combine(SampleManifests.Samples, "toolapproval.yaml"))).Success;
        _ = (await _kubectl.RunAsync("patch", "agentrun", "follow-up", "--subresource=status", "--type=merge", "-p", """{"status":{"phase":"Running"}}""")).Success;

        string running = (await _kubectl.RunAsync("get", "agentruns", "--field-selector", "status.phase=Running", "-o", "name")).Success;
        string waiting = (await _kubectl.RunAsync("get", "toolapprovals", "--field-selector", "spec.runRef=quick-check", "-o", "name")).Success;

        Assert.Equal("agentrun.sympozium.ai/follow-up\n", running);
        Assert.Equal("toolapproval.sympozium.ai/quick-check-1\n", waiting);
    }

    [Fact]
    public async Task Approval_IsDecidedOnceByWhoeverAsks()
    {
        _ = (await _kubectl.RunAsync("apply", "-f", Path.Combine(SampleManifests.Samples, "toolapproval.yaml"))).Success;

        KubectlResult other = await DecideAsync("""{"spec":{"tool":"read_file"}}""");
        KubectlResult decided = await DecideAsync("""{"spec":{"decision":{"verdict":"approve","by":"somebody else"}}}""");
        KubectlResult again = await DecideAsync("""{"spec":{"decision":{"verdict":"deny"}}}""");
        string by = (await _kubectl.RunAsync("get", "toolapproval", "quick-check-1", "-o", "jsonpath={.spec.decision.by}")).Success;

        Assert.Contains("cannot be changed except for decision", other.Errors, StringComparison.Ordinal);
        Assert.Equal(0, decided.ExitCode);
        Assert.NotEqual("somebody else", by);
        Assert.NotEmpty(by);
        Assert.Contains($"was given by '{by}' already", again.Errors, StringComparison.Ordinal);
    }

    private Task<KubectlResult> DecideAsync(string patch) => _kubectl.RunAsync("patch", "toolapproval", "quick-check-1", "--type=merge", "-p", patch);

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
