using System.Text;
using Sympozium.Runner.Json;
using Sympozium.Runner.Lifetime;
using Sympozium.Runner.Posix;

namespace Sympozium.Runner.Agent;

/// <summary>One finished model round, read back from the transcript.</summary>
/// <param name="Turn">The answer.</param>
/// <param name="Message">The answer as a message.</param>
/// <param name="Results">Result message of each tool call; null for one that did not finish.</param>
internal sealed record RecordedRound(ModelTurn Turn, byte[] Message, byte[]?[] Results);

/// <summary>
/// Checkpoint of the conversation in the workspace: one line when a round with tool calls is complete, one line when a tool has finished.
/// An agent that is started again in the same pod goes on from there and repeats no finished tool call. Another run's transcript
/// (the workspace may be a persistent volume) is dropped.
/// </summary>
internal sealed class Transcript(AgentOptions options)
{
    private const int MaxBytes = 64 * 1024 * 1024;
    private readonly string _directory = $"{options.WorkspaceRoot}/.sympozium";
    private readonly Lock _lock = new();
    private bool _started;
    private bool _failed;

    private string FilePath => $"{_directory}/transcript.jsonl";

    /// <summary>The finished rounds of this run; empty for a new one.</summary>
    public IReadOnlyList<RecordedRound> Read()
    {
        byte[]? content;
        try
        {
            content = PosixFile.ReadAll(FilePath, MaxBytes);
        }
        catch (IOException e)
        {
            RunnerLog.Error($"The transcript of an earlier attempt cannot be read, the run starts anew: {e.Message}");
            return [];
        }

        return content is null ? [] : Parse(content);
    }

    /// <summary>Records a complete answer with its tool calls.</summary>
    public void Round(ModelTurn turn, byte[] message)
    {
        var line = new JsonText();
        line.Raw("{\"text\":"u8).String(turn.Text).Raw(",\"in\":"u8).Number(turn.InputTokens).Raw(",\"out\":"u8).Number(turn.OutputTokens);
        line.Raw(",\"calls\":["u8);
        for (int i = 0; i < turn.ToolCalls.Count; i++)
        {
            ToolCall call = turn.ToolCalls[i];
            line.Raw(i == 0 ? "["u8 : ",["u8).String(call.Id).Raw(","u8).String(call.Name).Raw(","u8).String(call.Arguments).Raw("]"u8);
        }

        Append(line.Raw("],\"message\":"u8).Raw(message).Raw("}\n"u8));
    }

    /// <summary>Records the result of one tool call of the round recorded last.</summary>
    public void Result(int callIndex, byte[] message) =>
        Append(new JsonText().Raw("{\"call\":"u8).Number(callIndex).Raw(",\"result\":"u8).Raw(message).Raw("}\n"u8));

    private void Append(JsonText line)
    {
        lock (_lock)
        {
            if (_failed)
            {
                return;
            }

            try
            {
                PosixFile.MakeDirectories(_directory);
                int flags = Libc.OpenWriteOnly | Libc.OpenCreate | Libc.OpenCloseOnExec | Libc.OpenNoFollow;
                flags |= _started ? Libc.OpenAppend : Libc.OpenTruncate;
                using Descriptor file = Descriptor.Take(Libc.Open(FilePath, flags, 0x180), $"open '{FilePath}'");
                if (!_started)
                {
                    file.Write(Header());
                    _started = true;
                }

                file.Write(line.Written);
            }
            catch (IOException e)
            {
                _failed = true;
                RunnerLog.Error($"The transcript cannot be written; an agent that is restarted will begin anew: {e.Message}");
            }
        }
    }

    private byte[] Header() => new JsonText().Raw("{\"run\":"u8).String(options.RunIdentity).Raw("}\n"u8).ToArray();

    private List<RecordedRound> Parse(byte[] content)
    {
        var rounds = new List<RecordedRound>();
        byte[] header = Header();
        if (!content.AsSpan().StartsWith(header))
        {
            return rounds;
        }

        _started = true;
        int start = header.Length;
        while (start < content.Length)
        {
            int length = content.AsSpan(start).IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = length < 0 ? default : content.AsSpan(start, length);
            if (length < 0 || JsonCursor.Check(line) != JsonKind.Object)
            {
                // A kill in the middle of a write leaves half a line; it is dropped, or the next one would be joined to it.
                CutAt(content.AsSpan(0, start));
                break;
            }

            ParseLine(line, rounds);
            start += length + 1;
        }

        return rounds;
    }

    private void CutAt(ReadOnlySpan<byte> good) => PosixFile.WriteAtomic(_directory, "transcript.jsonl", good);

    private static void ParseLine(ReadOnlySpan<byte> line, List<RecordedRound> rounds)
    {
        var cursor = new JsonCursor(line);
        cursor.Enter(JsonKind.Object);
        var turn = new ModelTurn();
        byte[]? message = null;
        int call = -1;
        while (cursor.NextProperty(out ReadOnlySpan<byte> property))
        {
            switch (Encoding.UTF8.GetString(property))
            {
                case "text":
                    turn = turn with { Text = cursor.String() ?? "" };
                    break;
                case "in":
                    turn = turn with { InputTokens = cursor.Integer() };
                    break;
                case "out":
                    turn = turn with { OutputTokens = cursor.Integer() };
                    break;
                case "calls":
                    turn = turn with { ToolCalls = Calls(ref cursor) };
                    break;
                case "call":
                    call = (int)cursor.Integer();
                    break;
                default:
                    message = cursor.Skip().ToArray();
                    break;
            }
        }

        if (call < 0)
        {
            rounds.Add(new RecordedRound(turn, message ?? [], new byte[]?[turn.ToolCalls.Count]));
        }
        else if (rounds.Count > 0 && call < rounds[^1].Results.Length)
        {
            rounds[^1].Results[call] = message;
        }
    }

    private static List<ToolCall> Calls(ref JsonCursor cursor)
    {
        var calls = new List<ToolCall>();
        cursor.Enter(JsonKind.Array);
        while (cursor.NextItem())
        {
            cursor.Enter(JsonKind.Array);
            string?[] parts = new string?[3];
            for (int i = 0; cursor.NextItem(); i++)
            {
                parts[Math.Min(i, 2)] = cursor.String();
            }

            calls.Add(new ToolCall(parts[0] ?? "", parts[1] ?? "", parts[2] ?? ""));
        }

        return calls;
    }
}
