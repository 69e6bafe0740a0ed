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
    /// <summary>Guards <see cref="_objects"/> and what is in it: nodes of JSON are not for several threads. Only copies go out.</summary>
    private readonly Lock _gate = new();
    private readonly Dictionary<(ResourceType Type, string? Namespace, string Name), JsonObject> _objects = [];
    private readonly Channel<JsonObject> _created = Channel.CreateUnbounded<JsonObject>();
    private readonly Channel<JsonObject> _patched = Channel.CreateUnbounded<JsonObject>();
    private int _version;

    /// <summary>Thrown instead of creating.</summary>
    public KubernetesException? RefuseCreate { get; set; }

    /// <summary>AgentRuns in the order of their creation.</summary>
    public ChannelReader<JsonObject> CreatedRuns => _created.Reader;

    /// <summary>AgentRuns as they are after each patch.</summary>
    public ChannelReader<JsonObject> PatchedRuns => _patched.Reader;

    public IReadOnlyList<JsonObject> Runs => Copies((type, _) => type == SympoziumTypes.AgentRuns);

    public void Put(ResourceType type, string ns, string name, JsonObject? content = null)
    {
        JsonObject resource = content ?? [];
        resource["metadata"] = new JsonObject { ["namespace"] = ns, ["name"] = name, ["uid"] = Guid.NewGuid().ToString(), ["creationTimestamp"] = Now() };
        lock (_gate)
        {
            _objects[(type, ns, name)] = (JsonObject)resource.DeepClone();
        }
    }

    public void PutSecret(string name, params (string Key, string Value)[] data) => Put(CoreTypes.Secrets, "default", name, new JsonObject
    {
        ["data"] = new JsonObject(data.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(pair.Value))))),
    });

    public void SetStatus(string ns, string name, JsonObject status)
    {
        lock (_gate)
        {
            _objects[(SympoziumTypes.AgentRuns, ns, name)]["status"] = status;
        }
    }

    public void Remove(string ns, string name)
    {
        lock (_gate)
        {
            _objects.Remove((SympoziumTypes.AgentRuns, ns, name));
        }
    }

    public Task<JsonObject?> GetAsync(ResourceType type, string? ns, string name, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult((JsonObject?)_objects.GetValueOrDefault((type, ns, name))?.DeepClone());
        }
    }

    public Task<ResourceList> ListAsync(ResourceType type, string? ns, ListOptions options, CancellationToken cancellationToken)
    {
        string[]? label = options.LabelSelector?.Split('=');
        JsonObject[] items = [.. Copies((candidate, space) => candidate == type && (ns is null || space == ns))
            .Where(item => label is null || (string?)item["metadata"]!["labels"]?[label[0]] == label[1])];
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
        JsonObject answer = (JsonObject)stored.DeepClone(), seen = (JsonObject)stored.DeepClone();
        lock (_gate)
        {
            if (!_objects.TryAdd((type, (string?)metadata["namespace"], (string)metadata["name"]!), stored))
            {
                throw new KubernetesException(HttpStatusCode.Conflict, StatusReasons.AlreadyExists, $"{type} '{metadata["name"]}' already exists");
            }
        }

        if (type == SympoziumTypes.AgentRuns)
        {
            _created.Writer.TryWrite(seen);
        }

        return Task.FromResult(answer);
    }

    public Task<JsonObject> ReplaceAsync(ResourceType type, JsonObject resource, string? subresource, CancellationToken cancellationToken) =>
        throw new NotSupportedException("The gateway replaces nothing.");

    public Task<JsonObject> PatchAsync(ResourceType type, string? ns, string name, Patch patch, string? subresource, CancellationToken cancellationToken)
    {
        Assert.Equal(PatchType.Merge, patch.Type);
        lock (_gate)
        {
            JsonObject stored = _objects[(type, ns, name)];
            Merge(stored, (JsonObject)patch.Body);
            _patched.Writer.TryWrite((JsonObject)stored.DeepClone());
            return Task.FromResult((JsonObject)stored.DeepClone());
        }
    }

    public Task<bool> DeleteAsync(ResourceType type, string? ns, string name, DeleteOptions options, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult(_objects.Remove((type, ns, name)));
        }
    }

    public Task<Stream> OpenLogAsync(string ns, string pod, LogOptions options, CancellationToken cancellationToken) => Task.FromResult(Stream.Null);

    private JsonObject[] Copies(Func<ResourceType, string?, bool> wanted)
    {
        lock (_gate)
        {
            return [.. _objects.Where(pair => wanted(pair.Key.Type, pair.Key.Namespace)).Select(pair => (JsonObject)pair.Value.DeepClone())];
        }
    }

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
