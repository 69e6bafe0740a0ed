using System.Text;
using Sympozium.Abstractions.Ipc;
using Sympozium.Abstractions.Runs;
using Sympozium.Cli.Output;
using Sympozium.Cli.Terminals;

namespace Sympozium.Cli.Runs;

/// <summary>
/// Shows a run to a person as it goes on: phases with the time since the start, reasoning dimmed, tool calls with arguments and results,
/// the answer as it streams in.
/// </summary>
internal sealed class LiveRunView : IRunView
{
    private const int MaxArgumentCharacters = 300;
    private const int MaxResultLines = 6;
    private const int MaxResultCharacters = 600;
    private readonly ITerminal _terminal;
    private readonly TimeProvider _time;
    private readonly long _started;
    private readonly StringBuilder _answer = new();
    private string? _phase;
    private string? _open;
    private int _heldBreaks;
    private bool _brokenSaid;

    public LiveRunView(ITerminal terminal, TimeProvider time)
    {
        _terminal = terminal;
        _time = time;
        _started = time.GetTimestamp();
    }

    /// <summary>What was streamed since the last tool call: at the end of a run, its answer.</summary>
    public string StreamedAnswer => _answer.ToString();

    public void Show(RunEvent runEvent)
    {
        if (runEvent.Phase is { } phase)
        {
            ShowPhase(phase);
        }
        else if (runEvent.Chunk is { } chunk)
        {
            ShowChunk(chunk);
        }
    }

    public void StreamBroke(string why, bool isLast)
    {
        if (isLast || !_brokenSaid)
        {
            EndLine();
            _terminal.Say(isLast ? "The live stream is lost; watching the resource instead." : $"The live stream broke ({why}); taking it up again.", Tone.Warning);
            _brokenSaid = true;
        }
    }

    /// <summary>Ends an unfinished line of streamed text.</summary>
    public void EndLine()
    {
        if (_open is not null)
        {
            _terminal.Error.WriteLine();
            _open = null;
        }
    }

    private void ShowPhase(RunPhaseChange change)
    {
        if (change.Phase == _phase)
        {
            return;
        }
        _phase = change.Phase;
        EndLine();
        (string mark, Tone tone) = change.Phase switch
        {
            RunPhase.Succeeded => ("✓", Tone.Good),
            RunPhase.Failed => ("✗", Tone.Bad),
            RunPhase.Cancelled or RunPhase.Skipped => ("■", Tone.Warning),
            _ => ("●", Tone.Accent),
        };
        string reason = change.Reason is { Length: > 0 } given ? $" ({Clean(given)})" : "";
        _terminal.Say($"{_terminal.Paint(tone, $"{mark} {change.Phase}")}{reason} {_terminal.Paint(Tone.Quiet, AgeText.Took(_time.GetElapsedTime(_started)))}");
    }

    private void ShowChunk(StreamChunk chunk)
    {
        switch (chunk.Type)
        {
            case StreamChunkType.Text:
                _answer.Append(chunk.Content);
                Stream(chunk, Tone.Plain);
                break;
            case StreamChunkType.Reasoning:
                Stream(chunk, Tone.Quiet);
                break;
            case StreamChunkType.ToolCall:
                _answer.Clear();
                EndLine();
                string arguments = Cut(Clean(chunk.Arguments?.ToJsonString(ReadableJson.Options) ?? "{}"), MaxArgumentCharacters);
                _terminal.Say($"  {_terminal.Paint(Tone.Accent, "→")} {_terminal.Paint(Tone.Strong, Clean(chunk.Tool ?? "tool"))} {arguments}");
                break;
            case StreamChunkType.ToolResult:
                EndLine();
                ShowToolResult(chunk);
                break;
            case StreamChunkType.Reset:
                _answer.Clear();
                EndLine();
                _terminal.Say("  (the model call broke off and is repeated)", Tone.Warning);
                break;
        }
    }

    private void Stream(StreamChunk chunk, Tone tone)
    {
        if (string.IsNullOrEmpty(chunk.Content))
        {
            return;
        }
        if (_open is not null && _open != chunk.Type)
        {
            EndLine();
        }
        string text = Clean(chunk.Content);
        if (_open is null)
        {
            text = text.TrimStart('\n');
            if (text.Length == 0)
            {
                return;
            }
            _terminal.Error.Write("  ");
            _heldBreaks = 0;
            _open = chunk.Type;
        }
        // Line breaks wait for the text behind them: a text that ends with some leaves no empty lines.
        string shown = text.TrimEnd('\n');
        string breaks = new('\n', _heldBreaks);
        _heldBreaks = shown.Length == 0 ? _heldBreaks + text.Length : text.Length - shown.Length;
        if (shown.Length > 0)
        {
            _terminal.Error.Write(_terminal.Paint(tone, (breaks + shown).Replace("\n", "\n  ", StringComparison.Ordinal)));
        }
    }

    private void ShowToolResult(StreamChunk chunk)
    {
        bool failed = chunk.IsError == true;
        string[] lines = Cut(Clean(chunk.Content ?? "").Trim('\n'), MaxResultCharacters).Split('\n');
        string mark = _terminal.Paint(failed ? Tone.Bad : Tone.Good, failed ? "✗" : "←");
        _terminal.Say($"  {mark} {Clean(chunk.Tool ?? "tool")} {_terminal.Paint(Tone.Quiet, lines.Length == 1 ? lines[0] : "")}".TrimEnd());
        if (lines.Length > 1)
        {
            foreach (string line in lines.Take(MaxResultLines))
            {
                _terminal.Say($"      {line}", Tone.Quiet);
            }
            if (lines.Length > MaxResultLines)
            {
                _terminal.Say($"      ... {lines.Length - MaxResultLines} more lines", Tone.Quiet);
            }
        }
    }

    private static string Cut(string text, int length) => text.Length <= length ? text : $"{text[..length]} ... ({text.Length - length} more characters)";

    // Text of a model or a tool must not be able to command the terminal.
    private static string Clean(string text) =>
        text.Any(c => char.IsControl(c) && c is not ('\n' or '\t')) ? string.Concat(text.Where(c => !char.IsControl(c) || c is '\n' or '\t')) : text;
}
