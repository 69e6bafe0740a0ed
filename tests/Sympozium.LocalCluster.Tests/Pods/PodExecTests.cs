using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Sympozium.Abstractions;
using Sympozium.Testing;

namespace Sympozium.LocalCluster.Tests.Pods;

/// <summary>Commands in running containers and connections to them, by the real kubectl.</summary>
public sealed class PodExecTests
{
    private const string Sleeper = """
        {"restartPolicy":"Never","terminationGracePeriodSeconds":1,"containers":[{"name":"main","image":"any","workingDir":"/tmp","env":[{"name":"GREETING","value":"it's \"me\""}],
         "command":["sleep","1000"]}]}
        """;

    [Fact]
    public async Task Exec_Command_SeesTheContainerAndItsExitCodeIsTold()
    {
        await using PodRig rig = await PodRig.StartAsync();
        await rig.CreatePodAsync("box", Sleeper);
        await rig.UntilPhaseAsync("box", "Running");
        Kubectl kubectl = rig.Kubectl;

        KubectlResult seen = await kubectl.RunAsync("exec", "box", "--", "sh", "-c", "echo $GREETING; pwd; id -u; grep CapEff /proc/self/status; ls /proc | grep -c '^[0-9]'; echo err >&2; exit 3");
        KubectlResult absent = await kubectl.RunAsync("exec", "box", "--", "no-such-program");
        KubectlResult unknown = await kubectl.RunAsync("exec", "box", "-c", "nope", "--", "true");

        Assert.Equal(3, seen.ExitCode);
        string[] lines = seen.Output.Split('\n');
        Assert.Equal(["it's \"me\"", "/tmp", "0", "CapEff:\t0000000000000000"], lines[..4]);
        Assert.InRange(int.Parse(lines[4], System.Globalization.CultureInfo.InvariantCulture), 2, 10);
        Assert.Equal("err\ncommand terminated with exit code 3\n", seen.Errors);
        Assert.Contains("executable file not found in $PATH", absent.Errors, StringComparison.Ordinal);
        Assert.NotEqual(0, absent.ExitCode);
        Assert.Contains("container nope is not valid for pod box", unknown.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exec_WithInput_ReadsItToItsEnd()
    {
        await using PodRig rig = await PodRig.StartAsync();
        await rig.CreatePodAsync("box", Sleeper);
        await rig.UntilPhaseAsync("box", "Running");
        string text = string.Concat(Enumerable.Range(0, 20_000).Select(i => $"line {i}\n"));

        KubectlResult result = await rig.Kubectl.RunAsync(text, ["exec", "-i", "box", "--", "sh", "-c", "cat >/tmp/in; wc -c </tmp/in; tail -1 /tmp/in"]);

        Assert.Equal($"{text.Length}\nline 19999\n", result.Success);
    }

    [Fact]
    public async Task Exec_Terminal_IsOne()
    {
        await using PodRig rig = await PodRig.StartAsync();
        await rig.CreatePodAsync("box", Sleeper);
        await rig.UntilPhaseAsync("box", "Running");

        // kubectl itself asks for no terminal where it has none; the request that it would send is sent by hand.
        string output = await ExecSession.RunAsync(rig, "box", "stdin=true&stdout=true&tty=true&command=sh&command=-c&command=" + Uri.EscapeDataString("test -t 0 && test -t 1 && echo a terminal; read x; stty size; echo got $x"),
            resize: (132, 43), input: "hello\r");

        Assert.Contains("a terminal\r\n", output, StringComparison.Ordinal);
        Assert.Contains("43 132\r\n", output, StringComparison.Ordinal);
        Assert.Contains("got hello\r\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exec_ClientLeaves_CommandEnds()
    {
        await using PodRig rig = await PodRig.StartAsync();
        await rig.CreatePodAsync("box", Sleeper);
        await rig.UntilPhaseAsync("box", "Running");
        using Process kubectl = rig.Kubectl.Start("exec", "box", "--", "sh", "-c", "echo there; sleep 4321 & sleep 4321");
        Assert.Equal("there", await kubectl.StandardOutput.ReadLineAsync());
        Assert.True(AnyCommand(rig, "sleep 4321"));

        kubectl.Kill();

        await PodRig.UntilAsync(() => !AnyCommand(rig, "4321"));
        Assert.True(AnyCommand(rig, "1000"));
    }

    [Fact]
    public async Task Copy_ToAndFrom_KeepsTheBytes()
    {
        await using PodRig rig = await PodRig.StartAsync();
        await rig.CreatePodAsync("box", Sleeper);
        await rig.UntilPhaseAsync("box", "Running");
        using var files = new TemporaryDirectory();
        byte[] bytes = [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i * 7))];
        await File.WriteAllBytesAsync(files["there"], bytes);

        Assert.NotNull((await rig.Kubectl.RunAsync("cp", files["there"], "box:/tmp/there")).Success);
        Assert.NotNull((await rig.Kubectl.RunAsync("cp", "box:/tmp/there", files["back"])).Success);

        Assert.Equal(bytes, await File.ReadAllBytesAsync(files["back"]));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData($$"""{"{{SympoziumNames.EgressLabel}}":"{{SympoziumNames.EgressDenied}}"}""")]
    public async Task PortForward_ListeningContainer_IsReached(string labels)
    {
        await using PodRig rig = await PodRig.StartAsync();
        await rig.CreatePodAsync("web", $$"""
            {"restartPolicy":"Never","terminationGracePeriodSeconds":1,"volumes":[{"name":"s","hostPath":{"path":"{{rig.DataDirectory}}"} }],
             "containers":[{"name":"main","image":"any","volumeMounts":[{"name":"s","mountPath":"/s"}],"command":["perl","-MIO::Socket::INET","-e",
             "$s=IO::Socket::INET->new(LocalAddr=>'127.0.0.1',LocalPort=>0,Listen=>5) or die $!; mkdir '/s/port-'.$s->sockport; while($c=$s->accept){$l=<$c>; print $c 'you said '.$l; close $c}"]}]}
            """, labels);
        await rig.UntilPhaseAsync("web", "Running");
        await PodRig.UntilAsync(() => ListeningPort(rig) is not null);
        using Process kubectl = rig.Kubectl.Start("port-forward", "pod/web", $":{ListeningPort(rig)}");
        string line = (await kubectl.StandardOutput.ReadLineAsync())!;
        int local = int.Parse(line.Split(" -> ")[0].Split(':')[^1], System.Globalization.CultureInfo.InvariantCulture);

        string first = await AskAsync(local, "one\n");
        string second = await AskAsync(local, "two\n");
        kubectl.Kill();

        Assert.Equal("you said one\n", first);
        Assert.Equal("you said two\n", second);
    }

    [Fact]
    public async Task Exec_WithoutUpgrade_IsRefused()
    {
        await using PodRig rig = await PodRig.StartAsync();
        await rig.CreatePodAsync("box", Sleeper);
        await rig.UntilPhaseAsync("box", "Running");

        KubectlResult refused = await rig.Kubectl.RunAsync("get", "--raw", "/api/v1/namespaces/default/pods/box/exec?command=true&stdout=true");

        Assert.Contains("Upgrade request required", refused.Errors, StringComparison.Ordinal);
    }

    private static async Task<string> AskAsync(int port, string question)
    {
        using var timeout = new CancellationTokenSource(TestTimeouts.WithProcesses);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port, timeout.Token);
        await using NetworkStream stream = client.GetStream();
        await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(question), timeout.Token);
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync(timeout.Token);
    }

    /// <summary>The port that the container tells of once it listens.</summary>
    private static string? ListeningPort(PodRig rig) =>
        Directory.GetDirectories(rig.DataDirectory, "port-*").Select(d => d[(d.LastIndexOf('-') + 1)..]).SingleOrDefault();

    /// <summary>Whether a process of the pods has such a command.</summary>
    private static bool AnyCommand(PodRig rig, string part) =>
        PodRig.ProcessesOf(rig.DataDirectory).Any(p => Command(p).Contains(part, StringComparison.Ordinal));

    private static string Command(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline");
        }
        catch (IOException)
        {
            return "";
        }
    }
}
