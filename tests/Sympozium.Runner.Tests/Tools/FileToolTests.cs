using System.Text;
using System.Text.Json.Nodes;
using Sympozium.Abstractions.Ipc;
using Sympozium.Runner.Tools;

namespace Sympozium.Runner.Tests.Tools;

/// <summary>read_file, write_file, edit_file, list_directory and the request files.</summary>
public sealed class FileToolTests : IDisposable
{
    private readonly ToolFixture _tools = new();

    public void Dispose() => _tools.Dispose();

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("../../../../etc/passwd")]
    [InlineData("/workspace/../etc/passwd")]
    [InlineData("/workspace2/file")]
    [InlineData("link-to-etc/passwd")]
    [InlineData("link-to-passwd")]
    [InlineData("chain")]
    [InlineData("loop")]
    [InlineData("")]
    public void Path_OutsideOfTheRoots_IsRefused(string path)
    {
        File.CreateSymbolicLink(_tools.PathOf("link-to-etc"), "/etc");
        File.CreateSymbolicLink(_tools.PathOf("link-to-passwd"), "/etc/passwd");
        File.CreateSymbolicLink(_tools.PathOf("chain"), "link-to-etc/../etc/passwd");
        File.CreateSymbolicLink(_tools.PathOf("loop"), "loop");
        foreach (string tool in new[] { "read_file", "list_directory", "write_file", "edit_file" })
        {
            ToolResult result = _tools.Call(tool, new JsonObject
            {
                ["path"] = path,
                ["content"] = "x",
                ["edits"] = new JsonArray(new JsonObject { ["old_string"] = "root", ["new_string"] = "x" }),
            });
            Assert.True(result.IsError, $"{tool}: {result.Text}");
        }
    }

    [Fact]
    public void Path_LinkInsideTheRoots_IsFollowed()
    {
        Directory.CreateDirectory(_tools.PathOf("real"));
        File.CreateSymbolicLink(_tools.PathOf("alias"), "real");
        Assert.False(Write("alias/new.txt", "x").IsError);
        Assert.Equal("x", File.ReadAllText(_tools.PathOf("real/new.txt")));
    }

    [Theory]
    [InlineData("/skills/tea.md")]
    [InlineData("/ipc/output/result.json")]
    public void Path_ReadOnlyRoot_IsNotWritten(string path) => Assert.True(Write(path, "x").IsError);

    [Fact]
    public void Write_ThenRead_GivesTheSame()
    {
        Assert.Equal("Wrote 6 bytes to a/b/c.txt.", Write("a/b/c.txt", "één").Text.Replace("5 bytes", "6 bytes", StringComparison.Ordinal));
        Assert.Equal("één\n", Read("/workspace/a/b/c.txt").Text);
    }

    [Fact]
    public void Read_LongFile_IsCutAtALineAndGoesOn()
    {
        File.WriteAllLines(_tools.PathOf("long.txt"), Enumerable.Range(1, 2000).Select(i => $"line {i}"));
        string text = Read("long.txt").Text;
        Assert.True(Encoding.UTF8.GetByteCount(text) < TextCap.MaxBytes + 100);
        string notice = text.Split('\n')[^1];
        Assert.Matches("^\\[cut before line [0-9]+; go on with offset [0-9]+\\]$", notice);
        int next = int.Parse(notice.Split(' ')[^1].TrimEnd(']'), System.Globalization.CultureInfo.InvariantCulture);
        Assert.StartsWith($"line {next}\n", Read("long.txt", offset: next).Text, StringComparison.Ordinal);
        Assert.Equal("line 7\nline 8\n[cut before line 9; go on with offset 9]", Read("long.txt", offset: 7, limit: 2).Text);
        Assert.True(Read("long.txt", offset: 9999).IsError);
    }

    [Fact]
    public void Read_BinaryPipeOrDirectory_IsRefused()
    {
        File.WriteAllBytes(_tools.PathOf("binary"), [1, 0, 2]);
        _tools.Call("execute_command", new JsonObject { ["command"] = "mkfifo pipe; mkdir dir" });
        Assert.Contains("binary", Read("binary").Text, StringComparison.Ordinal);
        Assert.Contains("not a regular file", Read("pipe").Text, StringComparison.Ordinal);
        Assert.Contains("not a regular file", Read("dir").Text, StringComparison.Ordinal);
        Assert.Contains("does not exist", Read("nothing").Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Edit_AllFit_AreMadeInOrderAndKeepTheMode()
    {
        string path = _tools.PathOf("script.sh");
        File.WriteAllText(path, "one two two");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Assert.False(Edit("script.sh", ("one", "1", false), ("two", "2", true), ("1 2", "3", false)).IsError);
        Assert.Equal("3 2", File.ReadAllText(path));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(path));
        Assert.Single(Directory.GetFiles(_tools.Pod.Workspace));
    }

    [Theory]
    [InlineData("two", "occurs 2 times")]
    [InlineData("three", "does not occur")]
    [InlineData("", "empty old_string")]
    public void Edit_OneDoesNotFit_ChangesNothing(string old, string problem)
    {
        File.WriteAllText(_tools.PathOf("a.txt"), "one two two");
        ToolResult result = Edit("a.txt", ("one", "1", false), (old, "x", false));
        Assert.True(result.IsError);
        Assert.Contains(problem, result.Text, StringComparison.Ordinal);
        Assert.Equal("one two two", File.ReadAllText(_tools.PathOf("a.txt")));
    }

    [Fact]
    public void List_Directory_NamesKindsAndSizes()
    {
        Directory.CreateDirectory(_tools.PathOf("dir"));
        File.WriteAllText(_tools.PathOf("a.txt"), "123");
        File.CreateSymbolicLink(_tools.PathOf("z"), "a.txt");
        Assert.Equal("a.txt (3 bytes)\ndir/\nz -> a.txt\n", _tools.Call("list_directory", []).Text);
    }

    [Fact]
    public void Requests_MessageAndSchedule_BecomeFilesOfTheContract()
    {
        Assert.False(_tools.Call("send_channel_message", new JsonObject { ["channel"] = "slack", ["text"] = "hi", ["threadId"] = "t" }).IsError);
        Assert.False(_tools.Call("schedule_task", new JsonObject { ["name"] = "daily", ["schedule"] = "0 8 * * *", ["task"] = "report" }).IsError);
        string message = File.ReadAllText(Directory.GetFiles(Path.Combine(_tools.Pod.Ipc, IpcPaths.Messages), "send-*.json").Single());
        string schedule = File.ReadAllText(Directory.GetFiles(Path.Combine(_tools.Pod.Ipc, IpcPaths.Schedules), "schedule-*.json").Single());
        Assert.Equal(new ChannelMessage { Channel = "slack", Text = "hi", ThreadId = "t" }, System.Text.Json.JsonSerializer.Deserialize(message, IpcJson.Default.ChannelMessage));
        Assert.Equal(
            new ScheduleRequest { Name = "daily", Action = "create", Schedule = "0 8 * * *", Task = "report" },
            System.Text.Json.JsonSerializer.Deserialize(schedule, IpcJson.Default.ScheduleRequest));
    }

    [Fact]
    public void Schedule_Malformed_NamesEveryProblem()
    {
        string text = _tools.Call("schedule_task", new JsonObject { ["name"] = "Daily!", ["schedule"] = "often", ["action"] = "create" }).Text;
        Assert.Contains("is not a name", text, StringComparison.Ordinal);
        Assert.Contains("five fields", text, StringComparison.Ordinal);
        Assert.Contains("task", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"path\":")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"path\":5}")]
    public void Arguments_Malformed_AreAnErrorResult(string arguments) => Assert.True(_tools.Call("read_file", arguments).IsError);

    private ToolResult Write(string path, string content) => _tools.Call("write_file", new JsonObject { ["path"] = path, ["content"] = content });

    private ToolResult Read(string path, int offset = 1, int? limit = null) =>
        _tools.Call("read_file", new JsonObject { ["path"] = path, ["offset"] = offset, ["limit"] = limit });

    private ToolResult Edit(string path, params (string Old, string New, bool All)[] edits) => _tools.Call("edit_file", new JsonObject
    {
        ["path"] = path,
        ["edits"] = new JsonArray([.. edits.Select(edit => new JsonObject { ["old_string"] = edit.Old, ["new_string"] = edit.New, ["replace_all"] = edit.All })]),
    });
}
