using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Sympozium.Testing;

namespace Sympozium.EndToEnd.Tests;

/// <summary><c>up</c>, <c>status</c> and <c>down</c> as a user meets them.</summary>
public sealed class CliControlPlaneTests
{
    private const int StartFailed = 7;
    private const int SignalInterrupt = 2;

    private static readonly string[] UpDetached = ["up", "--detach", "--gateway-port", "0", "--kube-port", "0"];

    [Fact]
    public async Task Up_Detached_IsReadyAndDownEndsAll()
    {
        await using var data = new CliData();

        CliResult up = await data.RunAsync(UpDetached);

        Assert.True(up.ExitCode == 0, up.ToString());
        CliResult asked = await data.RunAsync("status", "-o", "json");
        Assert.True(asked.ExitCode == 0, asked.ToString());
        JsonNode status = JsonNode.Parse(asked.Out)!;
        Assert.True((bool)status["gatewayAnswers"]! && (bool)status["kubernetesAnswers"]!, asked.Out);
        int pid = (int)status["pid"]!;
        CliResult namespaces = await CliProcess.RunAsync("get", "namespaces", "-o", "name", "--kubeconfig", (string)status["kubeconfig"]!);
        Assert.Contains("namespace/default", namespaces.Out, StringComparison.Ordinal);

        CliResult second = await data.RunAsync(UpDetached);
        Assert.Equal(StartFailed, second.ExitCode);
        Assert.Contains($"(pid {pid}) already runs in {data.Path}", second.Error, StringComparison.Ordinal);

        string[] sockets = [.. Listening((string)status["gateway"]!), .. Listening((string)status["kubernetes"]!)];
        Assert.Equal(2, sockets.Length);

        CliResult down = await data.RunAsync("down");
        Assert.True(down.ExitCode == 0, down.ToString());
        Assert.False(CliProcess.IsRunning(pid), "The control plane still runs.");
        Assert.Empty(Listening((string)status["gateway"]!).Concat(Listening((string)status["kubernetes"]!)).Intersect(sockets));
        Assert.Equal(3, (await data.RunAsync("status")).ExitCode);
    }

    [Fact]
    public async Task Up_InADirectoryThatOthersMayRead_KeepsItsFilesToTheOwner()
    {
        await using var data = new CliData();
        File.SetUnixFileMode(data.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        // What an earlier version may have left.
        await File.WriteAllTextAsync(data["control-plane.log"], "");
        File.SetUnixFileMode(data["control-plane.log"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);

        CliResult up = await data.RunAsync(UpDetached);

        Assert.True(up.ExitCode == 0, up.ToString());
        string[] files = [.. Directory.EnumerateFiles(data.Path).Select(f => Path.GetFileName(f)).Where(f => f != "status.json")];
        foreach (string file in (string[])["cluster.db", "cluster.db-wal", "grains.db", "grains.db-wal", "grains.db-shm", "lock", "token", "kubeconfig", "control-plane.log"])
        {
            Assert.Contains(file, files);
        }

        Assert.All(files, file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(data[file])));
    }

    [Fact]
    public async Task Up_PortTaken_NamesThePort()
    {
        await using var data = new CliData();
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        int port = ((IPEndPoint)taken.LocalEndpoint).Port;

        CliResult up = await data.RunAsync("up", "--detach", "--gateway-port", "0", "--kube-port", $"{port}");

        Assert.Equal(StartFailed, up.ExitCode);
        Assert.Contains($"port {port} (Kubernetes API) is taken", up.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(data["status.json"]));
    }

    [Fact]
    public async Task Up_TwoDirectories_RunSideBySide()
    {
        await using var one = new CliData();
        await using var two = new CliData();

        CliResult[] ups = await Task.WhenAll(one.RunAsync(UpDetached), two.RunAsync(UpDetached));

        Assert.All(ups, up => Assert.True(up.ExitCode == 0, up.ToString()));
        Assert.Equal(0, (await one.RunAsync("down")).ExitCode);
        Assert.Equal(3, (await one.RunAsync("status")).ExitCode);
        CliResult other = await two.RunAsync("status");
        Assert.True(other.ExitCode == 0, other.ToString());
    }

    [Fact]
    public async Task Up_InTheForeground_EndsOnInterrupt()
    {
        await using var data = new CliData();
        using CliProcess up = CliProcess.Start(["up", "--gateway-port", "0", "--kube-port", "0", "--data", data.Path]);
        await up.WaitForErrorAsync("Ctrl-C ends it");

        Assert.Equal(0, ControlPlaneProcess.Signal(up.Pid, SignalInterrupt));
        CliResult ended = await up.EndAsync();

        Assert.True(ended.ExitCode == 0, ended.ToString());
        Assert.Equal(3, (await data.RunAsync("status")).ExitCode);
    }

    /// <summary>The kernel's numbers of the sockets that listen on an address's port: another test may get the port as soon as it is free, but never the socket.</summary>
    private static IEnumerable<string> Listening(string address)
    {
        const int LocalAddress = 1;
        const int State = 3;
        const int Inode = 9;
        const string Listen = "0A";
        string port = $":{new Uri(address).Port:X4}";
        return File.ReadAllLines("/proc/net/tcp").Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(fields => fields[LocalAddress].EndsWith(port, StringComparison.Ordinal) && fields[State] == Listen)
            .Select(fields => fields[Inode]);
    }
}
