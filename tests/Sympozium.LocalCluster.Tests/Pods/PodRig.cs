using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Events;
using Sympozium.LocalCluster.Hosting;
using Sympozium.LocalCluster.Jobs;
using Sympozium.LocalCluster.Pods;
using Sympozium.LocalCluster.Pods.Processes;
using Sympozium.Testing;

namespace Sympozium.LocalCluster.Tests.Pods;

/// <summary>A whole local cluster with its pod runner in a temporary directory.</summary>
internal sealed class PodRig : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TestTimeouts.WithProcesses;

    private readonly IHost _host;
    private readonly bool _ownsDirectory;

    private PodRig(IHost host, string directory, bool ownsDirectory)
    {
        _host = host;
        DataDirectory = directory;
        _ownsDirectory = ownsDirectory;
        Client = host.Services.GetRequiredService<IKubernetesClient>();
        Cluster = host.Services.GetRequiredService<LocalClusterHost>();
    }

    public LocalClusterHost Cluster { get; }

    /// <summary>The real kubectl for this cluster.</summary>
    public Kubectl Kubectl => new(Cluster.KubeconfigPath);

    public string DataDirectory { get; }

    public IKubernetesClient Client { get; }

    public static async Task<PodRig> StartAsync(Action<LocalPodOptions>? configure = null, string? directory = null)
    {
        string data = directory ?? Directory.CreateTempSubdirectory("sympozium-pods-").FullName;
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSympoziumLocalCluster(o =>
        {
            o.DataDirectory = data;
            o.Port = 0;
        });
        builder.Services.AddSingleton(new LocalJobOptions { FailureBackoff = TimeSpan.FromMilliseconds(20), ReadyDelay = TimeSpan.FromMilliseconds(20) });
        builder.Services.AddSingleton(new EventOptions { Delay = TimeSpan.FromMilliseconds(10) });
        builder.Services.AddSympoziumLocalPods(o =>
        {
            o.DataDirectory = data;
            o.RestartBackoff = TimeSpan.FromMilliseconds(20);
            o.ConfigRetryPeriod = TimeSpan.FromMilliseconds(50);
            o.ShutdownGrace = TimeSpan.FromSeconds(1);
            o.MinTerminatingTime = TimeSpan.Zero;
            configure?.Invoke(o);
        });
        IHost host = builder.Build();
        await host.StartAsync();
        return new PodRig(host, data, directory is null);
    }

    /// <summary>Starts a control plane with one pod, says when it runs, and stays until it is killed.</summary>
    public static async Task RunPodAsync(string directory, string name, string spec)
    {
        await using PodRig rig = await StartAsync(directory: directory);
        await rig.CreatePodAsync(name, spec);
        await rig.UntilPhaseAsync(name, "Running");
        await Console.Out.WriteLineAsync("running");
        await Console.Out.FlushAsync();
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System);
    }

    /// <summary>The processes of this control plane's pods.</summary>
    public static IReadOnlyList<int> ProcessesOf(string directory) =>
        [.. ProcFiles.FindMarked(new PodPaths(new LocalPodOptions { DataDirectory = directory }).Owner + "/").Select(p => p.Pid)];

    /// <summary>Creates a pod of the given spec, written as JSON.</summary>
    public Task<JsonObject> CreatePodAsync(string name, string spec, string labels = "{}") => Client.CreateAsync(
        CoreTypes.Pods,
        JsonNode.Parse($$"""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"{{name}}","namespace":"default","labels":{{labels}}},"spec":{{spec}}}""")!.AsObject(),
        default);

    /// <summary>Waits until an object looks as wanted; fails with what it looks like instead.</summary>
    public async Task<JsonObject> UntilAsync(ResourceType type, string name, Func<JsonObject, bool> wanted)
    {
        using var timeout = new CancellationTokenSource(Patience);
        JsonObject? last = null;
        try
        {
            ResourceList list = await Client.ListAsync(type, "default", ListOptions.All, timeout.Token);
            foreach (JsonObject item in list.Items.Where(i => (string?)i["metadata"]!["name"] == name))
            {
                last = item;
                if (wanted(item))
                {
                    return item;
                }
            }

            var options = new WatchOptions { ResourceVersion = list.ResourceVersion };
            await foreach (WatchEvent change in Client.WatchAsync(type, "default", options, timeout.Token))
            {
                if ((string?)change.Resource["metadata"]!["name"] == name)
                {
                    last = change.Resource;
                    if (change.Type != WatchEventType.Deleted && wanted(last))
                    {
                        return last;
                    }
                }
            }
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            // Reported below with the state that was reached.
        }

        throw new TimeoutException($"{type.Kind} '{name}' did not get to the wanted state within {Patience}; it is: {last?.ToJsonString() ?? "absent"}");
    }

    public Task<JsonObject> UntilPhaseAsync(string pod, string phase) =>
        UntilAsync(CoreTypes.Pods, pod, p => (string?)p["status"]?["phase"] == phase);

    /// <summary>Waits for an Event whose message starts with a text.</summary>
    public async Task<JsonObject> UntilEventAsync(string reason, string message)
    {
        bool IsIt(JsonObject e) => (string?)e["reason"] == reason && ((string?)e["message"])!.StartsWith(message, StringComparison.Ordinal);
        using var timeout = new CancellationTokenSource(Patience);
        ResourceList list = await Client.ListAsync(CoreTypes.Events, "default", ListOptions.All, timeout.Token);
        if (list.Items.FirstOrDefault(IsIt) is { } found)
        {
            return found;
        }

        var seen = list.Items.Select(e => $"{e["reason"]}: {e["message"]}").ToList();
        try
        {
            await foreach (WatchEvent change in Client.WatchAsync(CoreTypes.Events, "default", new WatchOptions { ResourceVersion = list.ResourceVersion }, timeout.Token))
            {
                if (IsIt(change.Resource))
                {
                    return change.Resource;
                }

                seen.Add($"{change.Resource["reason"]}: {change.Resource["message"]}");
            }
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            // Reported below with what there was instead.
        }

        throw new TimeoutException($"no Event {reason} '{message}' within {Patience}; there are: {string.Join("; ", seen)}");
    }

    /// <summary>The pods, once they are as wanted.</summary>
    public async Task<IReadOnlyList<JsonObject>> UntilPodsAsync(Func<IReadOnlyList<JsonObject>, bool> wanted)
    {
        using var timeout = new CancellationTokenSource(Patience);
        while (true)
        {
            IReadOnlyList<JsonObject> pods = (await Client.ListAsync(CoreTypes.Pods, "default", ListOptions.All, CancellationToken.None)).Items;
            if (wanted(pods))
            {
                return pods;
            }

            Assert.False(timeout.IsCancellationRequested, $"The pods are not as wanted: {string.Join(' ', pods.Select(pod => pod.ToJsonString()))}");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }
    }

    /// <summary>Waits until an object is gone.</summary>
    public async Task UntilGoneAsync(ResourceType type, string name)
    {
        using var timeout = new CancellationTokenSource(Patience);
        ResourceList list = await Client.ListAsync(type, "default", ListOptions.All, timeout.Token);
        if (list.Items.All(i => (string?)i["metadata"]!["name"] != name))
        {
            return;
        }

        await foreach (WatchEvent change in Client.WatchAsync(type, "default", new WatchOptions { ResourceVersion = list.ResourceVersion }, timeout.Token))
        {
            if (change.Type == WatchEventType.Deleted && (string?)change.Resource["metadata"]!["name"] == name)
            {
                return;
            }
        }
    }

    /// <summary>The newest log of a container.</summary>
    public async Task<string> LogAsync(string pod, string container = "main")
    {
        JsonObject found = (await Client.GetAsync(CoreTypes.Pods, "default", pod, default))!;
        string directory = Path.Combine(DataDirectory, "pods", (string)found["metadata"]!["uid"]!, "logs", container);
        return await File.ReadAllTextAsync(Directory.GetFiles(directory, "*.log").Order(StringComparer.Ordinal).Last());
    }

    /// <summary>Reads a log the way kubectl does.</summary>
    public async Task<string> ReadLogAsync(string pod, LogOptions options)
    {
        using var timeout = new CancellationTokenSource(Patience);
        await using Stream log = await Client.OpenLogAsync("default", pod, options, timeout.Token);
        using var reader = new StreamReader(log);
        return await reader.ReadToEndAsync(timeout.Token);
    }

    /// <summary>Waits until a running container has said a line.</summary>
    public async Task UntilSaidAsync(string pod, string line)
    {
        using var timeout = new CancellationTokenSource(Patience);
        await using Stream log = await Client.OpenLogAsync("default", pod, new LogOptions(Follow: true), timeout.Token);
        using var reader = new StreamReader(log);
        while (await reader.ReadLineAsync(timeout.Token) is { } said)
        {
            if (said == line)
            {
                return;
            }
        }

        throw new InvalidOperationException($"Pod '{pod}' ended without a word of '{line}'.");
    }

    /// <summary>A file in the data directory, which containers get as a host path: they wait for it, or the test does.</summary>
    public string Sign(string name) => Path.Combine(DataDirectory, name);

    /// <summary>Lets a container go on that waits for a file.</summary>
    public Task GiveSignAsync(string name) => File.WriteAllTextAsync(Sign(name), "");

    /// <summary>Creates an object in namespace default.</summary>
    public Task<JsonObject> CreateAsync(ResourceType type, string json)
    {
        JsonObject resource = JsonNode.Parse(json)!.AsObject();
        resource["apiVersion"] = type.ApiVersion;
        resource["kind"] = type.Kind;
        resource["metadata"]!["namespace"] = "default";
        return Client.CreateAsync(type, resource, default);
    }

    /// <summary>Waits until no process of its pods is left. One that was killed is there for as long as the machine needs to end it, whoever was told of its end.</summary>
    public Task NothingRunsAsync() => UntilAsync(() => ProcessesOf(DataDirectory).Count == 0);

    /// <summary>Waits for what no watch tells.</summary>
    public static async Task UntilAsync(Func<bool> condition)
    {
        using var timeout = new CancellationTokenSource(Patience);
        while (!condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, timeout.Token);
        }
    }

    public static JsonNode Terminated(JsonObject pod, int container = 0) =>
        pod["status"]!["containerStatuses"]![container]!["state"]!["terminated"]!;

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        if (_host is IAsyncDisposable disposable)
        {
            await disposable.DisposeAsync();
        }

        if (_ownsDirectory)
        {
            Directory.Delete(DataDirectory, recursive: true);
        }
    }
}
