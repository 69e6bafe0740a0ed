using System.Globalization;
using System.Text;
using Sympozium.Abstractions.Ipc;
using Sympozium.Runner.Json;

namespace Sympozium.Runner.Agent;

/// <summary>
/// Puts one answer together from the chunks of a chat completion, streamed or whole, and passes its text on as it comes. It takes
/// what providers do in practice: tool calls without index or id, finish reasons that do not fit, usage in any chunk.
/// </summary>
internal sealed class TurnAssembler(StreamWriter stream, int round)
{
    private readonly StringBuilder _text = new();
    private readonly StringBuilder _reasoning = new();
    private readonly List<PartialCall> _calls = [];
    private long _inputTokens;
    private long _outputTokens;

    /// <summary>Whether the model said that it is done, by a finish reason or by <c>[DONE]</c>.</summary>
    public bool IsFinished { get; private set; }

    /// <summary>Whether <c>[DONE]</c> came: nothing follows.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Whether something was passed to the live stream.</summary>
    public bool HasStreamed { get; private set; }

    /// <summary>Takes the data of one event.</summary>
    /// <exception cref="ModelAttemptException">It is not a chunk of a chat completion, or it is an error.</exception>
    public void Take(ReadOnlySpan<byte> data)
    {
        if (data.SequenceEqual("[DONE]"u8))
        {
            IsDone = IsFinished = true;
            return;
        }

        try
        {
            if (JsonCursor.Check(data) != JsonKind.Object)
            {
                throw new FormatException("It is not a JSON object.");
            }

            TakeChunk(new JsonCursor(data));
        }
        catch (FormatException e)
        {
            throw new ModelAttemptException($"The model's answer is not a chat completion: {e.Message}", isRubbish: true, inner: e);
        }
    }

    /// <summary>The whole answer.</summary>
    public ModelTurn Build()
    {
        var calls = new List<ToolCall>(_calls.Count);
        foreach (PartialCall call in _calls)
        {
            string id = call.Id.Length > 0 ? call.Id : string.Create(CultureInfo.InvariantCulture, $"call_{round}_{calls.Count + 1}");
            calls.Add(new ToolCall(id, call.Name, call.Arguments.ToString()));
        }

        return new ModelTurn
        {
            Text = _text.ToString(),
            Reasoning = _reasoning.ToString(),
            ToolCalls = calls,
            InputTokens = _inputTokens,
            OutputTokens = _outputTokens,
        };
    }

    private void TakeChunk(JsonCursor cursor)
    {
        cursor.Enter(JsonKind.Object);
        while (cursor.NextProperty(out ReadOnlySpan<byte> name))
        {
            if (name.SequenceEqual("choices"u8) && cursor.Peek() == JsonKind.Array)
            {
                cursor.Enter(JsonKind.Array);
                while (cursor.NextItem())
                {
                    TakeChoice(ref cursor);
                }
            }
            else if (name.SequenceEqual("usage"u8) && cursor.Peek() == JsonKind.Object)
            {
                TakeUsage(ref cursor);
            }
            else if (name.SequenceEqual("error"u8) && cursor.Peek() is JsonKind.Object or JsonKind.String)
            {
                throw ModelError.Read(ref cursor).ToStreamFailure();
            }
            else
            {
                cursor.Skip();
            }
        }
    }

    private void TakeChoice(ref JsonCursor cursor)
    {
        cursor.Enter(JsonKind.Object);
        while (cursor.NextProperty(out ReadOnlySpan<byte> name))
        {
            if ((name.SequenceEqual("delta"u8) || name.SequenceEqual("message"u8)) && cursor.Peek() == JsonKind.Object)
            {
                TakeDelta(ref cursor);
            }
            else if (name.SequenceEqual("finish_reason"u8))
            {
                IsFinished |= cursor.String() is not null;
            }
            else
            {
                cursor.Skip();
            }
        }
    }

    private void TakeDelta(ref JsonCursor cursor)
    {
        cursor.Enter(JsonKind.Object);
        while (cursor.NextProperty(out ReadOnlySpan<byte> name))
        {
            if (name.SequenceEqual("content"u8) || name.SequenceEqual("refusal"u8))
            {
                Pass(StreamChunkType.Text, cursor.String(), _text);
            }
            else if (name.SequenceEqual("reasoning_content"u8) || name.SequenceEqual("reasoning"u8))
            {
                Pass(StreamChunkType.Reasoning, cursor.String(), _reasoning);
            }
            else if (name.SequenceEqual("tool_calls"u8) && cursor.Peek() == JsonKind.Array)
            {
                cursor.Enter(JsonKind.Array);
                while (cursor.NextItem())
                {
                    TakeToolCall(ref cursor);
                }
            }
            else
            {
                cursor.Skip();
            }
        }
    }

    private void Pass(string type, string? content, StringBuilder whole)
    {
        if (!string.IsNullOrEmpty(content))
        {
            whole.Append(content);
            stream.Text(type, content);
            HasStreamed = true;
        }
    }

    private void TakeToolCall(ref JsonCursor cursor)
    {
        int index = -1;
        string id = "";
        string name = "";
        string arguments = "";
        cursor.Enter(JsonKind.Object);
        while (cursor.NextProperty(out ReadOnlySpan<byte> property))
        {
            if (property.SequenceEqual("index"u8))
            {
                index = (int)cursor.Integer();
            }
            else if (property.SequenceEqual("id"u8))
            {
                id = cursor.String() ?? "";
            }
            else if (property.SequenceEqual("function"u8) && cursor.Peek() == JsonKind.Object)
            {
                (name, arguments) = TakeFunction(ref cursor);
            }
            else
            {
                cursor.Skip();
            }
        }

        PartialCall call = Find(index, id, name);
        call.Id = id.Length > 0 ? id : call.Id;
        call.Name = name.Length > 0 ? name : call.Name;
        call.Arguments.Append(arguments);
    }

    private static (string Name, string Arguments) TakeFunction(ref JsonCursor cursor)
    {
        string name = "";
        string arguments = "";
        cursor.Enter(JsonKind.Object);
        while (cursor.NextProperty(out ReadOnlySpan<byte> property))
        {
            if (property.SequenceEqual("name"u8))
            {
                name = cursor.String() ?? "";
            }
            else if (property.SequenceEqual("arguments"u8))
            {
                // Some servers give an object instead of its text.
                arguments = cursor.Peek() == JsonKind.Object ? Encoding.UTF8.GetString(cursor.Skip()) : cursor.String() ?? "";
            }
            else
            {
                cursor.Skip();
            }
        }

        return (name, arguments);
    }

    // By index; servers that leave it out start a call with an id or a name and continue the last one without.
    private PartialCall Find(int index, string id, string name)
    {
        foreach (PartialCall call in _calls)
        {
            if (index >= 0 && call.Index == index)
            {
                return call;
            }
        }

        if (index < 0 && _calls.Count > 0 && (id.Length == 0 || id == _calls[^1].Id) && name.Length == 0)
        {
            return _calls[^1];
        }

        var added = new PartialCall { Index = index };
        _calls.Add(added);
        return added;
    }

    private void TakeUsage(ref JsonCursor cursor)
    {
        cursor.Enter(JsonKind.Object);
        while (cursor.NextProperty(out ReadOnlySpan<byte> name))
        {
            if (name.SequenceEqual("prompt_tokens"u8))
            {
                _inputTokens = cursor.Integer();
            }
            else if (name.SequenceEqual("completion_tokens"u8))
            {
                _outputTokens = cursor.Integer();
            }
            else
            {
                cursor.Skip();
            }
        }
    }

    private sealed class PartialCall
    {
        public int Index { get; init; }

        public string Id { get; set; } = "";

        public string Name { get; set; } = "";

        public StringBuilder Arguments { get; } = new();
    }
}
