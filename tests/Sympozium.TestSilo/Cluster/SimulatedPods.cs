using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Orleans;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Events;
using Sympozium.Abstractions.Runs;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Hosting;
using Sympozium.Testing;

namespace Sympozium.TestSilo.Cluster;

/// <summary>
/// Plays what a cluster with nodes does, without pods: each new Job gets a running pod, its result is delivered as its bridge would do it, and the
/// Job completes. It counts Jobs and ends, to find what was lost or doubled. What fails because something is away is tried again.
/// </summary>
public sealed class SimulatedPods : IAsyncDisposable
{
    public const string Namespace = "team";

    private const string Objects = """
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "key", "namespace": "team"}, "data": {"apiKey": "c2stdGVzdA=="}}
        {"apiVersion": "sympozium.ai/v1alpha1", "kind": "SympoziumInstance", "metadata": {"name": "helper", "namespace": "team"}, "spec": {"provider": {"name": "openai", "model": "gpt-test", "apiKeySecret": "key"}}}
        """;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly IKubernetesClient _client;
    private readonly Func<BusEvent, CancellationToken, Task> _deliver;
    private readonly Func<ValueTask> _dispose;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<string, bool>> _jobs = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<string, bool>> _ends = new(StringComparer.Ordinal);
    private readonly ConcurrentBag<Task> _work = [];
    private readonly Lock _gate = new();
    private TaskCompletionSource _allDone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task[] _watches = [];
    private int _expected;

    private SimulatedPods(IKubernetesClient client, Func<BusEvent, CancellationToken, Task> deliver, Func<ValueTask> dispose)
    {
        _client = client;
        _deliver = deliver;
        _dispose = dispose;
    }

    public int Ended => _ends.Count;

    /// <summary>Whether the first so many runs of <see cref="CreateRunsAsync"/> have ended.</summary>
    public bool HaveEnded(int count)
    {
        for (int number = 0; number < count; number++)
        {
            if (!_ends.ContainsKey($"run-{number}"))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Runs that got more than one Job.</summary>
    public IReadOnlyList<string> WithTwoJobs => [.. _jobs.Where(pair => pair.Value.Count > 1).Select(pair => pair.Key)];

    /// <summary>Runs that ended more than once, or differently.</summary>
    public IReadOnlyList<string> EndedTwice => [.. _ends.Where(pair => pair.Value.Count > 1).Select(pair => $"{pair.Key}: {string.Join(", ", pair.Value.Keys)}")];

    /// <summary>Runs that did not succeed, with what they said.</summary>
    public IReadOnlyList<string> NotSucceeded =>
        [.. _ends.Where(pair => pair.Value.Keys.Any(end => !end.StartsWith("Succeeded", StringComparison.Ordinal))).Select(pair => $"{pair.Key}: {string.Join(", ", pair.Value.Keys)}")];

    /// <summary>A Kubernetes API over HTTPS with one instance, for silos to connect to.</summary>
    public static async Task<(LocalClusterHost Cluster, TemporaryDirectory Directory)> ApiAsync()
    {
        var directory = new TemporaryDirectory();
        var options = new LocalClusterOptions();
        ConfigureApi(options, directory.Path, 0);
        LocalClusterHost cluster = await LocalClusterHost.StartAsync(options);
        await AddObjectsAsync(cluster.Client);
        return (cluster, directory);
    }

    /// <summary>Adds the instance of the runs, and its key.</summary>
    public static async Task AddObjectsAsync(IKubernetesClient client)
    {
        foreach (string line in Objects.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var resource = (JsonObject)JsonNode.Parse(line)!;
            await client.CreateAsync((string)resource["kind"]! == "Secret" ? CoreTypes.Secrets : SympoziumTypes.Instances, resource, default);
        }
    }

    /// <summary>An API on a data directory and a port, with our definitions.</summary>
    public static void ConfigureApi(LocalClusterOptions options, string directory, int port)
    {
        options.DataDirectory = directory;
        options.Port = port;
        options.KeptEvents = 200_000;
        options.WatcherBuffer = 65_536;
        foreach (string crd in Directory.GetFiles(Path.Combine(RepositoryRoot.Path, "k8s", "crds"), "*.yaml"))
        {
            options.CustomResourceDefinitions.Add(File.ReadAllText(crd));
        }

        options.Namespaces.Add(Namespace);
    }

    /// <summary>What the bridge of a run's pod publishes when the agent has answered.</summary>
    public static BusEvent Result(string run, string uid) => new()
    {
        Topic = Topics.RunCompleted,
        Id = $"{uid}-result.json",
        Timestamp = TimeProvider.System.GetUtcNow(),
        Metadata = new BusEventMetadata { AgentRunId = run, AgentRunUid = uid, Namespace = Namespace },
        Data = JsonNode.Parse("""{"status": "success", "response": "Hello."}"""),
    };

    /// <summary>Begins to play; results go to the runs' grains as the gateway would hand them over. It owns <paramref name="cluster"/> from now on.</summary>
    public static SimulatedPods Start(LocalClusterHost cluster, TemporaryDirectory directory, IGrainFactory grains) => Start(
        cluster.Client,
        (result, cancellationToken) => grains.GetGrain<IRunGrain>(result.Metadata.RunKey.ToString()).AcceptResultAsync(result.Metadata.AgentRunUid!, result, cancellationToken),
        async () =>
        {
            await cluster.DisposeAsync();
            directory.Dispose();
        });

    /// <summary>Begins to play beside an API that may come and go.</summary>
    public static SimulatedPods Start(IKubernetesClient client, Func<BusEvent, CancellationToken, Task> deliver, Func<ValueTask> dispose)
    {
        var pods = new SimulatedPods(client, deliver, dispose);
        pods._watches = [pods.WatchAsync(CoreTypes.Jobs, pods.OnJob), pods.WatchAsync(SympoziumTypes.AgentRuns, pods.OnRun)];
        return pods;
    }

    /// <summary>Creates runs, <paramref name="atOnce"/> at a time, and calls <paramref name="during"/> with the number of each.</summary>
    public async Task CreateRunsAsync(int count, int atOnce, Func<int, Task> during)
    {
        int first;
        lock (_gate)
        {
            first = _expected;
            _expected += count;
            _allDone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        using var limit = new SemaphoreSlim(atOnce);
        var creations = new List<Task>();
        for (int number = 0; number < count; number++)
        {
            await during(number);
            await limit.WaitAsync();
            creations.Add(CreateAsync(first + number, limit));
        }

        await Task.WhenAll(creations);
    }

    /// <summary>Runs that somebody else creates count as created.</summary>
    public void Expect(int count)
    {
        lock (_gate)
        {
            _expected += count;
            _allDone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Waits until as many runs have ended as were created.</summary>
    public Task AllEndedAsync(TimeSpan patience)
    {
        lock (_gate)
        {
            CheckAllEnded_NeedsLock();
            return _allDone.Task.WaitAsync(patience);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll([.. _watches, .. _work]).ContinueWith(_ => { }, TaskScheduler.Default);
        _stopping.Dispose();
        await _dispose();
    }

    private async Task CreateAsync(int number, SemaphoreSlim limit)
    {
        try
        {
            await CreateAsync(
                SympoziumTypes.AgentRuns,
                new JsonObject
                {
                    ["apiVersion"] = "sympozium.ai/v1alpha1",
                    ["kind"] = "AgentRun",
                    ["metadata"] = new JsonObject { ["name"] = $"run-{number}", ["namespace"] = Namespace },
                    ["spec"] = new JsonObject { ["instanceRef"] = "helper", ["task"] = "Say hello." },
                });
        }
        finally
        {
            limit.Release();
        }
    }

    private async Task WatchAsync(ResourceType type, Action<JsonObject> seen)
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                ResourceList list = await _client.ListAsync(type, Namespace, new ListOptions(), _stopping.Token);
                foreach (JsonObject item in list.Items)
                {
                    seen(item);
                }

                await foreach (WatchEvent change in _client.WatchAsync(type, Namespace, new WatchOptions { ResourceVersion = list.ResourceVersion }, _stopping.Token))
                {
                    if (change.Type is WatchEventType.Added or WatchEventType.Modified)
                    {
                        seen(change.Resource);
                    }
                }
            }
            catch (KubernetesException)
            {
                await Task.Delay(Pause, TimeProvider.System, _stopping.Token);
            }
        }
    }

    /// <summary>Until the API has it: one that was stored before the answer was lost is there already.</summary>
    private Task CreateAsync(ResourceType type, JsonObject resource) => UntilDoneAsync(async () =>
    {
        try
        {
            await _client.CreateAsync(type, (JsonObject)resource.DeepClone(), _stopping.Token);
        }
        catch (KubernetesException e) when (e.IsAlreadyExists)
        {
            return;
        }
    });

    private async Task UntilDoneAsync(Func<Task> step)
    {
        while (true)
        {
            try
            {
                await step();
                return;
            }
            catch (Exception) when (!_stopping.IsCancellationRequested)
            {
                await Task.Delay(Pause, TimeProvider.System, _stopping.Token);
            }
        }
    }

    private void OnJob(JsonObject job)
    {
        string run = (string)job["metadata"]!["annotations"]![SympoziumNames.RunLabel]!;
        if (_jobs.GetOrAdd(run, _ => new ConcurrentDictionary<string, bool>(StringComparer.Ordinal)).TryAdd((string)job["metadata"]!["uid"]!, true))
        {
            _work.Add(Task.Run(() => PlayAsync(run, job)));
        }
    }

    private void OnRun(JsonObject run)
    {
        string? phase = (string?)run["status"]?["phase"];
        if (RunPhase.IsTerminal(phase))
        {
            string end = $"{phase} {run["status"]!["reason"]} {run["status"]!["completedAt"]} {run["status"]!["error"]}";
            _ends.GetOrAdd((string)run["metadata"]!["name"]!, _ => new ConcurrentDictionary<string, bool>(StringComparer.Ordinal)).TryAdd(end, true);
            lock (_gate)
            {
                CheckAllEnded_NeedsLock();
            }
        }
    }

    private void CheckAllEnded_NeedsLock()
    {
        if (_ends.Count >= _expected)
        {
            _allDone.TrySetResult();
        }
    }

    /// <summary>A pod's life in two steps, the second after the result is delivered; a delivery that fails is made again, as a bridge does.</summary>
    private async Task PlayAsync(string run, JsonObject job)
    {
        JsonObject pod = Pod(job);
        await CreateAsync(CoreTypes.Pods, pod);
        await PatchStatusAsync(CoreTypes.Pods, (string)pod["metadata"]!["name"]!, """{"status": {"phase": "Running"}}""");
        string uid = (string)job["metadata"]!["ownerReferences"]![0]!["uid"]!;
        BusEvent result = Result(run, uid);
        await UntilDoneAsync(() => _deliver(result, _stopping.Token));
        await PatchStatusAsync(CoreTypes.Jobs, (string)job["metadata"]!["name"]!, """{"status": {"succeeded": 1, "conditions": [{"type": "Complete", "status": "True"}]}}""");
    }

    private Task PatchStatusAsync(ResourceType type, string name, string patch) => UntilDoneAsync(
        () => _client.PatchAsync(type, Namespace, name, new Patch(PatchType.Merge, JsonNode.Parse(patch)!), "status", _stopping.Token));

    private static JsonObject Pod(JsonObject job) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Pod",
        ["metadata"] = new JsonObject
        {
            ["name"] = $"{job["metadata"]!["name"]}-sim",
            ["namespace"] = Namespace,
            ["labels"] = job["spec"]!["template"]!["metadata"]!["labels"]!.DeepClone(),
            ["annotations"] = job["spec"]!["template"]!["metadata"]!["annotations"]?.DeepClone(),
            ["ownerReferences"] = new JsonArray(new JsonObject
            {
                ["apiVersion"] = "batch/v1",
                ["kind"] = "Job",
                ["name"] = job["metadata"]!["name"]!.DeepClone(),
                ["uid"] = job["metadata"]!["uid"]!.DeepClone(),
                ["controller"] = true,
            }),
        },
        ["spec"] = job["spec"]!["template"]!["spec"]!.DeepClone(),
    };
}
