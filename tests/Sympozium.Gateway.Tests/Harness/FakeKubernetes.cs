using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Gateway.Tests.Harness;

/// <summary>A Kubernetes API in memory: names are unique, labels select, merge patches merge. Tests may refuse creations.</summary>
internal sealed class FakeKubernetes(TimeProvider time) : IKubernetesClient
{
    private readonly ConcurrentDictionary<(ResourceType Type, string? Namespace, string Name), JsonObject> _objects = new();
    private readonly Channel<JsonObject> _created = Channel.CreateUnbounded<JsonObject>();
    private readonly Channel<JsonObject> _patched = Channel.CreateUnbounded<JsonObject>();
    private int _version;

    /// <summary>Thrown instead of creating.</summary>
    public KubernetesException? RefuseCreate { get; set; }

    /// <summary>AgentRuns in the order of their creation.</summary>
    public ChannelReader<JsonObject> CreatedRuns => _created.Reader;

    /// <summary>AgentRuns as they are after each patch.</summary>
    public ChannelReader<JsonObject> PatchedRuns => _patched.Reader;

    public IEnumerable<JsonObject> Runs => _objects.Where(pair => pair.Key.Type == SympoziumTypes.AgentRuns).Select(pair => pair.Value);

    public void Put(ResourceType type, string ns, string name, JsonObject? content = null)
    {
        JsonObject resource = content ?? [];
        resource["metadata"] = new JsonObject { ["namespace"] = ns, ["name"] = name, ["uid"] = Guid.NewGuid().ToString(), ["creationTimestamp"] = Now() };
        _objects[(type, ns, name)] = resource;
    }

    public void PutSecret(string name, params (string Key, string Value)[] data) => Put(CoreTypes.Secrets, "default", name, new JsonObject
    {
        ["data"] = new JsonObject(data.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(pair.Value))))),
    });

    public void SetStatus(string ns, string name, JsonObject status) => _objects[(SympoziumTypes.AgentRuns, ns, name)]["status"] = status;

    public void Remove(string ns, string name) => _objects.TryRemove((SympoziumTypes.AgentRuns, ns, name), out _);

    public Task<JsonObject?> GetAsync(ResourceType type, string? ns, string name, CancellationToken cancellationToken) =>
        Task.FromResult((JsonObject?)_objects.GetValueOrDefault((type, ns, name))?.DeepClone());

    public Task<ResourceList> ListAsync(ResourceType type, string? ns, ListOptions options, CancellationToken cancellationToken)
    {
        string[]? label = options.LabelSelector?.Split('=');
        JsonObject[] items = [.. _objects
            .Where(pair => pair.Key.Type == type && (ns is null || pair.Key.Namespace == ns))
            .Where(pair => label is null || (string?)pair.Value["metadata"]!["labels"]?[label[0]] == label[1])
            .Select(pair => (JsonObject)pair.Value.DeepClone())];
        return Task.FromResult(new ResourceList(items, Version()));
    }

    public async IAsyncEnumerable<WatchEvent> WatchAsync(ResourceType type, string? ns, WatchOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        yield break;
    }

    public Task<JsonObject> CreateAsync(ResourceType type, JsonObject resource, CancellationToken cancellationToken)
    {
        if (RefuseCreate is not null)
        {
            throw RefuseCreate;
        }

        var stored = (JsonObject)resource.DeepClone();
        JsonNode metadata = stored["metadata"]!;
        metadata["uid"] = Guid.NewGuid().ToString();
        metadata["creationTimestamp"] = Now();
        metadata["resourceVersion"] = Version();
        if (!_objects.TryAdd((type, (string?)metadata["namespace"], (string)metadata["name"]!), stored))
        {
            throw new KubernetesException(HttpStatusCode.Conflict, StatusReasons.AlreadyExists, $"{type} '{metadata["name"]}' already exists");
        }

        var answer = (JsonObject)stored.DeepClone();
        if (type == SympoziumTypes.AgentRuns)
        {
            _created.Writer.TryWrite(answer);
        }

        return Task.FromResult((JsonObject)answer.DeepClone());
    }

    public Task<JsonObject> ReplaceAsync(ResourceType type, JsonObject resource, string? subresource, CancellationToken cancellationToken) =>
        throw new NotSupportedException("The gateway replaces nothing.");

    public Task<JsonObject> PatchAsync(ResourceType type, string? ns, string name, Patch patch, string? subresource, CancellationToken cancellationToken)
    {
        Assert.Equal(PatchType.Merge, patch.Type);
        JsonObject stored = _objects[(type, ns, name)];
        Merge(stored, (JsonObject)patch.Body);
        _patched.Writer.TryWrite((JsonObject)stored.DeepClone());
        return Task.FromResult((JsonObject)stored.DeepClone());
    }

    public Task<bool> DeleteAsync(ResourceType type, string? ns, string name, DeleteOptions options, CancellationToken cancellationToken) =>
        Task.FromResult(_objects.TryRemove((type, ns, name), out _));

    public Task<Stream> OpenLogAsync(string ns, string pod, LogOptions options, CancellationToken cancellationToken) => Task.FromResult(Stream.Null);

    private static void Merge(JsonObject target, JsonObject patch)
    {
        foreach ((string name, JsonNode? value) in patch)
        {
            if (value is JsonObject inner && target[name] is JsonObject existing)
            {
                Merge(existing, inner);
            }
            else
            {
                target[name] = value?.DeepClone();
            }
        }
    }

    private string Now() => time.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    private string Version() => Interlocked.Increment(ref _version).ToString(CultureInfo.InvariantCulture);
}
