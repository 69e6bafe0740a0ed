using System.Text;
using Sympozium.Abstractions.Runs;

namespace Sympozium.Gateway.Broker;

/// <summary>Where one model call goes, with the key. Never leaves the broker, never is logged.</summary>
internal sealed class ProviderTarget(ModelRoute route, KnownProvider known, Uri endpoint, string? key)
{
    /// <summary>Shorter values are placeholders such as <c>ollama</c>, not secrets; removing them would spoil answers.</summary>
    private const int MinSecretLength = 8;
    private const string Redacted = "[redacted]";
    private readonly byte[]? _keyBytes = key is { Length: >= MinSecretLength } ? Encoding.UTF8.GetBytes(key) : null;

    public ModelRoute Route { get; } = route;

    public KnownProvider Known { get; } = known;

    /// <summary>URL of chat completions or messages.</summary>
    public Uri Endpoint { get; } = endpoint;

    public string? Key { get; } = key;

    /// <summary>For people: provider, model and host.</summary>
    public string Name => $"provider '{Route.Provider}' ({Endpoint.Authority}, model '{Route.Model}')";

    /// <summary>Removes the key from a text that goes to the pod.</summary>
    public string Clean(string text) => _keyBytes is null ? text : text.Replace(Key!, Redacted, StringComparison.Ordinal);

    /// <summary>Removes the key from bytes that go to the pod; almost always there is nothing to do.</summary>
    public ReadOnlySpan<byte> Clean(ReadOnlySpan<byte> bytes) =>
        _keyBytes is null || bytes.IndexOf(_keyBytes) < 0 ? bytes : Encoding.UTF8.GetBytes(Clean(Encoding.UTF8.GetString(bytes)));

    /// <inheritdoc/>
    public override string ToString() => Name;
}
