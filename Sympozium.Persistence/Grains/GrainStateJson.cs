using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Orleans.Runtime;
using Orleans.Storage;

namespace Sympozium.Persistence.Grains;

/// <summary>Grain state as JSON, by the type information which the composition provides.</summary>
public sealed class GrainStateJson(JsonSerializerOptions options)
{
    public byte[] Write<T>(T? state) => JsonSerializer.SerializeToUtf8Bytes(state, Info<T?>());

    public T? Read<T>(ReadOnlySpan<byte> json) => JsonSerializer.Deserialize(json, Info<T?>());

    /// <summary>What a grain starts with that has nothing stored: an object if its type has a constructor for that.</summary>
    public static T? Initial<T>() => typeof(T).GetConstructor(Type.EmptyTypes) is null ? default : Activator.CreateInstance<T>();

    /// <summary>The exception for a write against an older ETag.</summary>
    public static InconsistentStateException Conflict(string stateName, GrainId grainId, string? storedETag, string? currentETag) => new(
        $"State '{stateName}' of grain '{grainId}' was not written: the stored ETag is '{storedETag}', the grain's is '{currentETag}'. "
        + "The activation is rebuilt from what is stored; call the grain again.",
        storedETag,
        currentETag);

    private JsonTypeInfo<T> Info<T>() => options.TryGetTypeInfo(typeof(T), out var info)
        ? (JsonTypeInfo<T>)info
        : throw new InvalidOperationException(
            $"State type '{typeof(T)}' cannot be stored: no JsonSerializerContext of the composition describes it. Add it to one.");
}
