using System.Runtime.CompilerServices;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;

namespace Sympozium.GrainRuntime.Storage;

/// <summary>A named part of a grain's state.</summary>
internal sealed class PersistentState<T>(IGrainContext grain, string name, IGrainStorage storage) : IPersistentState<T>, IActivationState
{
    private readonly GrainState<T> _state = new(Initial());

    public T State
    {
        get => _state.State!;
        set => _state.State = value;
    }

    public string? Etag => _state.ETag;

    public bool RecordExists => _state.RecordExists;

    public Task ReadStateAsync() => ReadStateAsync(CancellationToken.None);

    public Task WriteStateAsync() => WriteStateAsync(CancellationToken.None);

    public Task ClearStateAsync() => ClearStateAsync(CancellationToken.None);

    public async Task ReadStateAsync(CancellationToken cancellationToken)
    {
        await storage.ReadStateAsync(name, grain.GrainId, _state, cancellationToken);
        _state.State ??= Initial();
    }

    public Task WriteStateAsync(CancellationToken cancellationToken) => storage.WriteStateAsync(name, grain.GrainId, _state, cancellationToken);

    public async Task ClearStateAsync(CancellationToken cancellationToken)
    {
        await storage.ClearStateAsync(name, grain.GrainId, _state, cancellationToken);
        _state.State ??= Initial();
    }

    // As for any serializer: a type without a constructor to call starts with all members at their defaults.
    private static T Initial() =>
        typeof(T).IsValueType ? default!
        : typeof(T).GetConstructor(Type.EmptyTypes) is not null ? Activator.CreateInstance<T>()
        : typeof(T).IsArray || typeof(T) == typeof(string) || typeof(T).IsAbstract ? default!
        : (T)RuntimeHelpers.GetUninitializedObject(typeof(T));
}
