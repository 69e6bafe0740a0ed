using System.Text.Json;
using Sympozium.Abstractions.Events;
using Sympozium.Abstractions.Ipc;
using Sympozium.Abstractions.Runs;

namespace Sympozium.Gateway.Runs;

/// <summary>One thing that happened in a run: exactly one of phase, chunk and status is set.</summary>
internal sealed class RunEvent
{
    private byte[]? _json;

    /// <summary>Position in the run's log, from 1; set by the log.</summary>
    public long Sequence { get; set; }

    public RunPhaseChange? Phase { get; init; }

    public StreamChunk? Chunk { get; init; }

    public AgentStatusUpdate? Status { get; init; }

    /// <summary>Whether nothing follows.</summary>
    public bool IsTerminal => Phase is not null && RunPhase.IsTerminal(Phase.Phase);

    /// <summary>Name of the server-sent event.</summary>
    public ReadOnlySpan<byte> Name => Phase is not null ? "phase"u8 : Chunk is not null ? "chunk"u8 : "status"u8;

    /// <summary>Data of the server-sent event, made once for all subscribers.</summary>
    public ReadOnlySpan<byte> Json => _json ??= Phase is not null ? JsonSerializer.SerializeToUtf8Bytes(Phase, EventsJson.Default.RunPhaseChange)
        : Chunk is not null ? JsonSerializer.SerializeToUtf8Bytes(Chunk, IpcJson.Default.StreamChunk)
        : JsonSerializer.SerializeToUtf8Bytes(Status!, IpcJson.Default.AgentStatusUpdate);
}
