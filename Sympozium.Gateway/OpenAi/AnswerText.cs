using System.Text;
using Sympozium.Abstractions.Ipc;

namespace Sympozium.Gateway.OpenAi;

/// <summary>
/// Turns the chunks of a run into the text of one answer. Rounds are separated by a blank line; when a round starts again after a
/// broken model call, what was sent already is not sent twice as long as the model repeats itself.
/// </summary>
internal sealed class AnswerText
{
    private const string Separator = "\n\n";

    /// <summary>Text of this round that was sent.</summary>
    private readonly StringBuilder _sent = new();

    /// <summary>Text of the repeated round so far; only used until it differs from what was sent or catches up with it.</summary>
    private readonly StringBuilder _repeated = new();
    private bool _repeating;
    private bool _toolSince;

    /// <summary>Whether any text was sent.</summary>
    public bool Any { get; private set; }

    /// <summary>The text to send for a chunk; null when there is none.</summary>
    public string? Take(StreamChunk chunk)
    {
        switch (chunk.Type)
        {
            case StreamChunkType.Text when !string.IsNullOrEmpty(chunk.Content):
                return Add(chunk.Content);
            case StreamChunkType.ToolCall or StreamChunkType.ToolResult:
                _toolSince = true;
                return null;
            case StreamChunkType.Reset:
                _repeating = _sent.Length > 0;
                _repeated.Clear();
                return null;
            default:
                return null;
        }
    }

    /// <summary>What of the run's result was not sent yet; null when nothing is missing.</summary>
    public string? Rest(string? result)
    {
        if (string.IsNullOrEmpty(result))
        {
            return null;
        }

        if (!Any)
        {
            return result;
        }

        string sent = _sent.ToString();
        return !_repeating && result.Length > sent.Length && result.StartsWith(sent, StringComparison.Ordinal) ? result[sent.Length..] : null;
    }

    private string? Add(string text)
    {
        if (_repeating)
        {
            _repeated.Append(text);
            string repeated = _repeated.ToString();
            string sent = _sent.ToString();
            if (sent.StartsWith(repeated, StringComparison.Ordinal))
            {
                return null;
            }

            _repeating = false;
            bool same = repeated.StartsWith(sent, StringComparison.Ordinal);
            _sent.Clear().Append(repeated);
            return same ? repeated[sent.Length..] : Separator + repeated;
        }

        if (_toolSince)
        {
            _sent.Clear();
            _toolSince = false;
            if (Any)
            {
                _sent.Append(text);
                return Separator + text;
            }
        }

        Any = true;
        _sent.Append(text);
        return text;
    }
}
