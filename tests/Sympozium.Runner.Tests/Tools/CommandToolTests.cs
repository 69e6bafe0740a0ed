using System.Text;
using System.Text.Json.Nodes;
using Sympozium.Runner.Lifetime;
using Sympozium.Runner.Tests.Pods;
using Sympozium.Runner.Tools;

namespace Sympozium.Runner.Tests.Tools;

/// <summary>execute_command with real shells.</summary>
public sealed class CommandToolTests : IDisposable
{
    private readonly ToolFixture _tools = new();

    public void Dispose() => _tools.Dispose();

    [Theory]
    [InlineData("echo out; echo err >&2", "exit code 0\nout\nerr\n", false)]
    [InlineData("exit 3", "exit code 3\n", true)]
    [InlineData("kill -9 $$", "exit code 137\n", true)]
    [InlineData("cat", "exit code 0\n", false)]
    [InlineData("echo \"[$OPENAI_API_KEY]\"", "exit code 0\n[]\n", false)]
    public void Command_Ends_GivesExitCodeAndOutput(string command, string expected, bool isError)
    {
        ToolResult result = Run(command);
        Assert.Equal((expected, isError), (result.Text, result.IsError));
    }

    [Fact]
    public void Command_FiftyMegabytes_AreCutWithANotice()
    {
        ToolResult result = Run("yes ü | head -c 50000000");
        Assert.True(Encoding.UTF8.GetByteCount(result.Text) < TextCap.MaxBytes + 200);
        Assert.EndsWith("[cut: 49992000 of 50000000 bytes are not shown]", result.Text, StringComparison.Ordinal);
        ToolResult binary = Run("head -c 100000 /dev/urandom");
        Assert.True(Encoding.UTF8.GetByteCount(binary.Text) < TextCap.MaxBytes + 200);
        Assert.Contains("[cut: ", binary.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Command_NeverEnds_IsKilledWithItsWholeGroup()
    {
        ToolResult result = Run("sleep 1000 & echo $!; echo $$; wait", timeout: 1);
        Assert.True(result.IsError);
        Assert.StartsWith("Error: killed after 1 s", result.Text, StringComparison.Ordinal);
        foreach (string line in result.Text.Split('\n').Where(line => line.Length > 0 && line.All(char.IsAsciiDigit)))
        {
            await TestTimes.UntilAsync(() => !Processes.IsAlive(line), () => $"Process {line} lives.");
        }
    }

    [Fact]
    public void Command_BackgroundChildHoldsThePipe_DoesNotHang()
    {
        ToolResult result = Run("sleep 20 & echo started");
        Assert.Equal("exit code 0\nstarted\n", result.Text);
    }

    [Fact]
    public void Command_BackgroundChildGoesOnWriting_DoesNotHang() =>
        Assert.StartsWith("exit code 0\n", Run("yes & echo started").Text, StringComparison.Ordinal);

    [Fact]
    public void Command_WorkDirectory_IsInsideTheRoots()
    {
        Directory.CreateDirectory(_tools.PathOf("sub"));
        Assert.Equal($"exit code 0\n{_tools.PathOf("sub")}\n", Run("pwd", workdir: "/workspace/sub").Text);
        Assert.Contains("outside", Run("pwd", workdir: "/etc").Text, StringComparison.Ordinal);
        Assert.Contains("does not exist", Run("pwd", workdir: "nowhere").Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Command_ProcessMustStop_EndsAtOnce()
    {
        Task<StoppedException> stopped = Assert.ThrowsAsync<StoppedException>(() => Task.Run(() => Run("touch running; sleep 1000", timeout: 120)));
        await TestTimes.UntilAsync(() => File.Exists(_tools.PathOf("running")), () => "The command does not run.");
        _tools.Lifetime.Terminate();
        Assert.Equal(StopReason.Terminated, (await stopped.WaitAsync(TestTimes.Limit)).Reason);
    }

    private ToolResult Run(string command, int timeout = 60, string? workdir = null)
    {
        var arguments = new JsonObject { ["command"] = command, ["timeout"] = timeout };
        if (workdir is not null)
        {
            arguments["workdir"] = workdir;
        }

        return _tools.Call("execute_command", arguments);
    }
}
