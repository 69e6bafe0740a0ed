using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sympozium.LocalCluster.Controllers;

namespace Sympozium.LocalCluster.ServiceRouting;

/// <summary>
/// Carries TCP connections to a Service's own address over to its pods. Converges listeners towards the directory; triggered by its
/// changes, and by time for a port that was taken; idempotent because it compares what listens with what should. Only ports that differ from
/// the pods' port are listened on: on equal ones a listener would take the port from a pod that listens on all addresses,
/// and names lead to the pods themselves.
/// </summary>
internal sealed partial class ServiceForwarder(ServiceDirectory directory, ControllerOptions options, ILogger<ServiceForwarder> logger) : BackgroundService
{
    private static readonly IPAddress NodeAddress = IPAddress.Loopback;

    private readonly ConcurrentDictionary<IPEndPoint, Listener> _listeners = new();
    private readonly SemaphoreSlim _changed = new(0, 1);
    private readonly HashSet<IPEndPoint> _refused = [];

    public override void Dispose()
    {
        base.Dispose();
        _changed.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        directory.Changed += Wake;
        try
        {
            await directory.WhenFilled.WaitAsync(stoppingToken);
            while (true)
            {
                bool isComplete = Converge(stoppingToken);
                await _changed.WaitAsync(isComplete ? Timeout.InfiniteTimeSpan : options.MaxErrorDelay, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            return;
        }
        finally
        {
            directory.Changed -= Wake;
            List<Listener> open = [.. _listeners.Values];
            open.ForEach(listener => listener.Dispose());
            await Task.WhenAll(open.Select(listener => listener.Ended));
        }
    }

    private void Wake((string Namespace, string Name) changed)
    {
        try
        {
            _changed.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is awake already and looks at everything.
            return;
        }
    }

    /// <summary>Whether everything listens that should.</summary>
    private bool Converge(CancellationToken stoppingToken)
    {
        Dictionary<IPEndPoint, (ServiceFacts Service, ServicePort Port)> wanted = [];
        foreach (ServiceRoute route in directory.Routes.Where(route => route.Service.HasAddress && route.Service.Key != ApiService.Key))
        {
            foreach ((ServicePort port, int target, _) in route.Targets.Where(target => target.Port.Protocol == "TCP"))
            {
                if (port.Port != target)
                {
                    wanted.TryAdd(new IPEndPoint(IPAddress.Parse(route.Service.Address), port.Port), (route.Service, port));
                }

                if (port.NodePort > 0)
                {
                    wanted.TryAdd(new IPEndPoint(NodeAddress, port.NodePort), (route.Service, port));
                }
            }
        }

        foreach ((IPEndPoint at, Listener listener) in _listeners)
        {
            if (!wanted.TryGetValue(at, out (ServiceFacts Service, ServicePort Port) still) || listener.Service.Uid != still.Service.Uid || listener.Port != still.Port.Name)
            {
                _listeners.TryRemove(at, out _);
                listener.Dispose();
            }
        }

        bool isComplete = true;
        foreach ((IPEndPoint at, (ServiceFacts service, ServicePort port)) in wanted.Where(item => !_listeners.ContainsKey(item.Key)))
        {
            isComplete &= TryListen(at, service, port, stoppingToken);
        }

        return isComplete;
    }

    private bool TryListen(IPEndPoint at, ServiceFacts service, ServicePort port, CancellationToken stoppingToken)
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(at);
            socket.Listen();
            _listeners[at] = new Listener(socket, service, port.Name, this, stoppingToken);
            _refused.Remove(at);
            return true;
        }
        catch (SocketException refused)
        {
            socket.Dispose();
            if (_refused.Add(at))
            {
                LogRefused(service.Namespace, service.Name, at, refused);
            }

            return false;
        }
    }

    private async Task CarryAsync(Socket client, ServiceFacts service, string portName, CancellationToken cancellationToken)
    {
        using (client)
        {
            ServiceRoute? route = directory.Find(service.Namespace, service.Name);
            List<IPEndPoint> targets =
            [
                .. (route?.Targets ?? []).Where(target => target.Port.Name == portName)
                    .SelectMany(target => target.Endpoints.Where(endpoint => IPAddress.TryParse(endpoint.Address, out _)).Select(endpoint => new IPEndPoint(IPAddress.Parse(endpoint.Address), target.Target))),
            ];
            Random.Shared.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(targets));
            foreach (IPEndPoint target in targets)
            {
                using Socket server = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                try
                {
                    await server.ConnectAsync(target, cancellationToken);
                }
                catch (SocketException unreachable)
                {
                    LogUnreachable(service.Namespace, service.Name, target, unreachable);
                    continue;
                }

                client.NoDelay = true;
                await Task.WhenAll(PumpAsync(client, server, cancellationToken), PumpAsync(server, client, cancellationToken));
                return;
            }
        }
    }

    private static async Task PumpAsync(Socket from, Socket to, CancellationToken cancellationToken)
    {
        const int BufferSize = 64 * 1024;
        byte[] buffer = new byte[BufferSize];
        try
        {
            while (await from.ReceiveAsync(buffer, SocketFlags.None, cancellationToken) is > 0 and var count)
            {
                for (int sent = 0; sent < count;)
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent), SocketFlags.None, cancellationToken);
                }
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // One side broke the connection: the other one shall see that too.
            from.Close();
            to.Close();
        }
        catch (ObjectDisposedException)
        {
            // The other direction has broken.
            return;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Service {Namespace}/{Service} is not reached at {Address}: the port cannot be listened on; it is tried again")]
    private partial void LogRefused(string @namespace, string service, IPEndPoint address, Exception exception);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Endpoint {Address} of Service {Namespace}/{Service} takes no connection")]
    private partial void LogUnreachable(string @namespace, string service, IPEndPoint address, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A connection to Service {Namespace}/{Service} failed")]
    private partial void LogCarryFailed(string @namespace, string service, Exception exception);

    /// <summary>One address that is listened on, and its connections.</summary>
    private sealed class Listener : IDisposable
    {
        private readonly Socket _socket;
        private readonly ServiceForwarder _owner;
        private readonly CancellationTokenSource _stop;

        public Listener(Socket socket, ServiceFacts service, string port, ServiceForwarder owner, CancellationToken stoppingToken)
        {
            _socket = socket;
            Service = service;
            Port = port;
            _owner = owner;
            _stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
            Ended = Task.Run(AcceptAsync, CancellationToken.None);
        }

        public ServiceFacts Service { get; }

        public string Port { get; }

        public Task Ended { get; }

        public void Dispose()
        {
            _stop.Cancel();
            _socket.Dispose();
        }

        private async Task AcceptAsync()
        {
            List<Task> connections = [];
            try
            {
                while (true)
                {
                    Socket client = await _socket.AcceptAsync(_stop.Token);
                    connections.RemoveAll(connection => connection.IsCompleted);
                    connections.Add(Task.Run(() => ServeAsync(client), CancellationToken.None));
                }
            }
            catch (Exception ended) when (ended is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                await Task.WhenAll(connections);
            }
            finally
            {
                _stop.Dispose();
            }
        }

        private async Task ServeAsync(Socket client)
        {
            try
            {
                await _owner.CarryAsync(client, Service, Port, _stop.Token);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failed)
            {
                _owner.LogCarryFailed(Service.Namespace, Service.Name, failed);
            }
        }
    }
}
