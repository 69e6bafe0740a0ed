using System.Text.Json.Nodes;

namespace Sympozium.Cli.ModelStub;

/// <summary>How an answer of the scripted model ended.</summary>
public enum ReplyOutcome
{
    /// <summary>It was sent to its end.</summary>
    Completed,

    /// <summary>The client went away first.</summary>
    ClientLeft,

    /// <summary>The script cut it.</summary>
    Cut,
}

/// <summary>One request that the scripted model got.</summary>
public sealed class RecordedRequest
{
    private readonly TaskCompletionSource<ReplyOutcome> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _firstPieceAt;

    /// <summary>Counted from 1.</summary>
    public required int Number { get; init; }

    /// <summary>HTTP method.</summary>
    public required string Method { get; init; }

    /// <summary>Path and query.</summary>
    public required string Path { get; init; }

    /// <summary>Headers; the values of keys are replaced by <c>sha256:</c> and a hash.</summary>
    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    /// <summary>The parsed body, null when there was none or it was not a JSON object.</summary>
    public JsonObject? Body { get; init; }

    /// <summary>When it had been read, UTC.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>When it had been read, by <see cref="TimeProvider.GetTimestamp"/>.</summary>
    public required long ReceivedAt { get; init; }

    /// <summary>Just before the first piece of reasoning, text or tool call was written, by <see cref="TimeProvider.GetTimestamp"/>; 0 before.</summary>
    public long FirstPieceAt => Interlocked.Read(ref _firstPieceAt);

    /// <summary>Completes when the answer has ended.</summary>
    public Task<ReplyOutcome> Outcome => _outcome.Task;

    /// <summary>Whether the script cut the answer, whoever notices it first.</summary>
    internal bool IsCut { get; set; }

    internal void MarkFirstPiece(long timestamp) => Interlocked.CompareExchange(ref _firstPieceAt, timestamp, 0);

    internal void End(ReplyOutcome outcome) => _outcome.TrySetResult(outcome);
}
