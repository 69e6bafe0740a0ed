using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Kubernetes.Tests.Watching;

/// <summary>Answers lists and watches as a test says, one after the other.</summary>
internal sealed class ScriptedKubernetes : IKubernetesClient
{
    private readonly Channel<Func<ResourceList>> _lists = Channel.CreateUnbounded<Func<ResourceList>>();
    private Channel<WatchEvent> _events = Channel.CreateUnbounded<WatchEvent>();

    /// <summary>What was asked for: <c>list</c>, or <c>watch</c> with its version.</summary>
    public Channel<string> Calls { get; } = Channel.CreateUnbounded<string>();

    public void AnswerList(string version, params string[] names) =>
        _lists.Writer.TryWrite(() => new ResourceList([.. names.Select(name => Resource(name, version))], version));

    public void FailList(Exception error) => _lists.Writer.TryWrite(() => throw error);

    public void Send(WatchEventType type, string name, string version) => _events.Writer.TryWrite(new WatchEvent(type, Resource(name, version)));

    /// <summary>Ends the stream after what was sent, with an error or without.</summary>
    public void EndWatch(Exception? error = null) => _events.Writer.Complete(error);

    public async Task<ResourceList> ListAsync(ResourceType type, string? ns, ListOptions options, CancellationToken cancellationToken)
    {
        Calls.Writer.TryWrite("list");
        return (await _lists.Reader.ReadAsync(cancellationToken))();
    }

    public async IAsyncEnumerable<WatchEvent> WatchAsync(ResourceType type, string? ns, WatchOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Channel<WatchEvent> events = Channel.CreateUnbounded<WatchEvent>();
        _events = events;
        Calls.Writer.TryWrite($"watch {options.ResourceVersion}");
        await foreach (WatchEvent change in events.Reader.ReadAllAsync(cancellationToken))
        {
            yield return change;
        }
    }

    public Task<JsonObject?> GetAsync(ResourceType type, string? ns, string name, CancellationToken cancellationToken) => throw Unexpected();

    public Task<JsonObject> CreateAsync(ResourceType type, JsonObject resource, CancellationToken cancellationToken) => throw Unexpected();

    public Task<JsonObject> ReplaceAsync(ResourceType type, JsonObject resource, string? subresource, CancellationToken cancellationToken) => throw Unexpected();

    public Task<JsonObject> PatchAsync(ResourceType type, string? ns, string name, Patch patch, string? subresource, CancellationToken cancellationToken) => throw Unexpected();

    public Task<bool> DeleteAsync(ResourceType type, string? ns, string name, DeleteOptions options, CancellationToken cancellationToken) => throw Unexpected();

    public Task<Stream> OpenLogAsync(string ns, string pod, LogOptions options, CancellationToken cancellationToken) => throw Unexpected();

    private static InvalidOperationException Unexpected() => new("A watch only lists and watches.");

    private static JsonObject Resource(string name, string version) =>
        new() { ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = "team", ["resourceVersion"] = version } };
}
