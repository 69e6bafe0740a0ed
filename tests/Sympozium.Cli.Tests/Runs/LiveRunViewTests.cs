using System.Text.Json.Nodes;
using Sympozium.Abstractions.Ipc;
using Sympozium.Abstractions.Runs;
using Sympozium.Cli.Runs;

namespace Sympozium.Cli.Tests.Runs;

public sealed class LiveRunViewTests
{
    [Fact]
    public void Run_IsShownWithPhasesToolsAndText()
    {
        PlayedTerminal terminal = new();
        LiveRunView view = new(terminal, TimeProvider.System);
        view.Show(new RunEvent(new RunPhaseChange { Phase = RunPhase.Running }, null, null));
        view.Show(new RunEvent(new RunPhaseChange { Phase = RunPhase.Running }, null, null));
        view.Show(Chunk(new StreamChunk { Type = StreamChunkType.Reasoning, Content = "let me see" }));
        view.Show(Chunk(new StreamChunk { Type = StreamChunkType.ToolCall, Tool = "read_file", Arguments = JsonNode.Parse("{\"path\":\"/a\"}") }));
        view.Show(Chunk(new StreamChunk { Type = StreamChunkType.ToolResult, Tool = "read_file", Content = "one\ntwo" }));
        view.Show(Chunk(new StreamChunk { Type = StreamChunkType.Text, Content = "Do" }));
        view.Show(Chunk(new StreamChunk { Type = StreamChunkType.Text, Content = "ne \e[31mred" }));
        view.EndLine();
        string text = terminal.ErrorText;
        Assert.Single(text.Split('\n'), l => l.StartsWith("● Running", StringComparison.Ordinal));
        Assert.Contains("  let me see\n  → read_file {\"path\":\"/a\"}\n  ← read_file\n      one\n      two\n  Done [31mred\n", text, StringComparison.Ordinal);
        Assert.Equal("", terminal.OutText);
        Assert.StartsWith("Done", view.StreamedAnswer, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_EndingWithLineBreaks_LeavesNoEmptyLines()
    {
        PlayedTerminal terminal = new();
        LiveRunView view = new(terminal, TimeProvider.System);

        foreach (string text in (string[])["one\n", "\n", "two", "\n\n"])
        {
            view.Show(Chunk(new StreamChunk { Type = StreamChunkType.Text, Content = text }));
        }
        view.EndLine();

        Assert.Equal("  one\n  \n  two\n", terminal.ErrorText);
        Assert.Equal("one\n\ntwo\n\n", view.StreamedAnswer);
    }

    private static RunEvent Chunk(StreamChunk chunk) => new(null, chunk, null);
}
