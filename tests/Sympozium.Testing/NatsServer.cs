using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Sympozium.Testing;

/// <summary>A real nats-server with JetStream, on loopback, with a store of its own that outlives a restart.</summary>
public sealed class NatsServer : IAsyncDisposable
{
    private const int SignalTerm = 15;
    private const int SignalKill = 9;
    private const int SignalUser2 = 12;

    private readonly TemporaryDirectory _directory = new();
    private readonly string _configuration;
    private readonly string _store;
    private Process? _process;

    private NatsServer(string configuration, string? store, int port)
    {
        _configuration = configuration;
        _store = store ?? _directory["store"];
        Port = port;
    }

    /// <summary>Its port, the same after a restart.</summary>
    public int Port { get; }

    /// <summary>Its address without credentials.</summary>
    public string Url => $"nats://127.0.0.1:{Port.ToString(CultureInfo.InvariantCulture)}";

    /// <summary>What it has logged, for messages of tests that fail.</summary>
    public string Log => File.Exists(_directory["log"]) ? File.ReadAllText(_directory["log"]) : "";

    /// <summary>Starts a server. <paramref name="configuration"/> is added to its configuration file; <paramref name="store"/> is where it keeps streams.</summary>
    public static async Task<NatsServer> StartAsync(string configuration = "", string? store = null)
    {
        NatsServer server = Reserve(configuration, store);
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>A server that is not started yet.</summary>
    public static NatsServer Reserve(string configuration = "", string? store = null) => new(configuration, store, FreePort.Take());

    /// <summary>Starts it, or starts it again with what it has stored.</summary>
    public async Task StartAgainAsync()
    {
        await File.WriteAllTextAsync(
            _directory["server.conf"],
            $$"""
            listen: "127.0.0.1:{{Port.ToString(CultureInfo.InvariantCulture)}}"
            jetstream { store_dir: "{{_store}}" }
            logfile: "{{_directory["log"]}}"
            lame_duck_duration: "30s"
            lame_duck_grace_period: "1s"
            {{_configuration}}
            """);
        var start = new ProcessStartInfo(Executable()) { UseShellExecute = false };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(_directory["server.conf"]);
        _process = Process.Start(start)!;
        using var deadline = new CancellationTokenSource(TestTimeouts.WithProcesses);
        while (!await AnswersAsync(deadline.Token))
        {
            if (_process.HasExited)
            {
                throw new InvalidOperationException($"nats-server ended with exit code {_process.ExitCode} before it was ready:\n{Log}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, deadline.Token);
        }
    }

    /// <summary>kill -9.</summary>
    public Task KillAsync() => EndAsync(SignalKill);

    /// <summary>SIGTERM.</summary>
    public Task StopAsync() => EndAsync(SignalTerm);

    /// <summary>Tells it to send its clients elsewhere and to stop.</summary>
    public void EnterLameDuckMode() => ControlPlaneProcess.Signal(_process!.Id, SignalUser2);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            await KillAsync();
        }

        _process?.Dispose();
        _directory.Dispose();
    }

    private async Task EndAsync(int signal)
    {
        ControlPlaneProcess.Signal(_process!.Id, signal);
        await _process.WaitForExitAsync().WaitAsync(TestTimeouts.WithProcesses);
    }

    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var socket = new TcpClient();
            await socket.ConnectAsync(IPAddress.Loopback, Port, cancellationToken);
            // The greeting comes when the server, its JetStream included, is ready.
            return await socket.GetStream().ReadAsync(new byte[16], cancellationToken) > 0;
        }
        catch (SocketException)
        {
            return false;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static string Executable()
    {
        IEnumerable<string> folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/sbin").Append("/usr/local/sbin");
        return folders.Select(folder => Path.Combine(folder, "nats-server")).FirstOrDefault(File.Exists)
            ?? throw new FileNotFoundException("nats-server is missing; ./test installs it (Debian: apt-get install nats-server).");
    }
}
