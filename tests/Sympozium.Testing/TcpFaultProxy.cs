using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Sympozium.Testing;

/// <summary>A TCP proxy on loopback that can cut its connections, refuse new ones, and stall what passes.</summary>
public sealed class TcpFaultProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;
    private readonly Lock _gate = new();

    // Guarded by _gate.
    private readonly HashSet<TcpClient> _open = [];
    private TaskCompletionSource _flowing = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _refuse;

    /// <summary>Starts a proxy in front of a port on loopback.</summary>
    public TcpFaultProxy(int target)
    {
        Target = target;
        _flowing.SetResult();
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync();
    }

    /// <summary>The port on loopback that new connections are passed to.</summary>
    public int Target { get; set; }

    /// <summary>Where to connect.</summary>
    public int Port { get; }

    /// <summary><c>127.0.0.1:port</c>.</summary>
    public string Address => $"127.0.0.1:{Port.ToString(CultureInfo.InvariantCulture)}";

    /// <summary>Connections taken so far.</summary>
    public int Connections { get; private set; }

    /// <summary>Resets every open connection.</summary>
    public void Cut()
    {
        lock (_gate)
        {
            foreach (TcpClient client in _open)
            {
                try
                {
                    client.Client.LingerState = new LingerOption(true, 0);
                    client.Dispose();
                }
                catch (ObjectDisposedException)
                {
                    // It ended by itself a moment ago, and whoever passed its bytes has not taken it off yet.
                }
            }

            _open.Clear();
        }
    }

    /// <summary>Cuts what is open and refuses what comes until <see cref="Allow"/>.</summary>
    public void Refuse()
    {
        lock (_gate)
        {
            _refuse = true;
        }

        Cut();
    }

    /// <summary>Takes connections again.</summary>
    public void Allow()
    {
        lock (_gate)
        {
            _refuse = false;
        }
    }

    /// <summary>Holds every byte back, without closing anything, until <see cref="Resume"/>.</summary>
    public void Stall()
    {
        lock (_gate)
        {
            if (_flowing.Task.IsCompleted)
            {
                _flowing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }

    /// <summary>Lets bytes pass again.</summary>
    public void Resume()
    {
        lock (_gate)
        {
            _flowing.TrySetResult();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        Resume();
        Cut();
        _listener.Dispose();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var passing = new List<Task>();
        try
        {
            while (true)
            {
                TcpClient client = await _listener.AcceptTcpClientAsync(_stop.Token);
                Connections++;
                passing.Add(PassAsync(client));
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            await Task.WhenAll(passing);
        }
    }

    private async Task PassAsync(TcpClient client)
    {
        using var server = new TcpClient();
        using (client)
        {
            lock (_gate)
            {
                if (_refuse)
                {
                    client.Client.LingerState = new LingerOption(true, 0);
                    return;
                }

                _open.Add(client);
                _open.Add(server);
            }

            try
            {
                await server.ConnectAsync(IPAddress.Loopback, Target, _stop.Token);
                Task up = CopyAsync(client.GetStream(), server.GetStream());
                Task down = CopyAsync(server.GetStream(), client.GetStream());
                await await Task.WhenAny(up, down);
            }
            catch (Exception ended) when (ended is IOException or SocketException or ObjectDisposedException or InvalidOperationException or OperationCanceledException)
            {
                client.Client?.Close();
            }
            finally
            {
                lock (_gate)
                {
                    _open.Remove(client);
                    _open.Remove(server);
                }
            }
        }
    }

    private async Task CopyAsync(NetworkStream from, NetworkStream to)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            int read;
            while ((read = await from.ReadAsync(buffer, _stop.Token)) > 0)
            {
                Task flowing;
                lock (_gate)
                {
                    flowing = _flowing.Task;
                }

                await flowing.WaitAsync(_stop.Token);
                await to.WriteAsync(buffer.AsMemory(0, read), _stop.Token);
            }
        }
        catch (Exception ended) when (ended is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The other direction ends with the sockets.
            to.Close();
        }
    }
}
