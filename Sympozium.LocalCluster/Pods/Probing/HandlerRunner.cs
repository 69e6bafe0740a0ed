using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Sympozium.LocalCluster.Pods.Execution;
using Sympozium.LocalCluster.Pods.Lifecycle;
using Sympozium.LocalCluster.Pods.Manifest;

namespace Sympozium.LocalCluster.Pods.Probing;

/// <summary>Does what hooks and probes ask for.</summary>
/// <param name="services">What the workers share.</param>
/// <param name="spec">The container.</param>
/// <param name="process">Its life.</param>
/// <param name="address">The pod's address, where probes look unless they name a host.</param>
internal sealed class HandlerRunner(PodServices services, ContainerSpec spec, ContainerProcess process, string address)
{
    /// <summary>What is kept of a command's output, as the kubelet does.</summary>
    private const int MaxOutputBytes = 10 << 10;

    /// <summary>Runs a probe with its timeout.</summary>
    public async Task<HandlerResult> ProbeAsync(Probe probe, CancellationToken cancellationToken)
    {
        GrpcAction? grpc = probe.Grpc is null ? null : new GrpcAction(process, address, probe.Grpc);
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(probe.TimeoutSeconds), services.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return grpc is null ? await RunAsync(probe, either.Token) : await grpc.RunAsync(either.Token);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return HandlerResult.Failure(grpc?.Timeout(probe.TimeoutSeconds) ?? Timeout(probe));
        }
    }

    /// <summary>Does the action; throws <see cref="OperationCanceledException"/> when it takes too long.</summary>
    public async Task<HandlerResult> RunAsync(Handler handler, CancellationToken cancellationToken)
    {
        try
        {
            return handler switch
            {
                { Exec: { } exec } => await ExecuteAsync(exec.Command, cancellationToken),
                { HttpGet: { } get } => await new HttpAction(process, address, Port(get.Port), get).RunAsync(cancellationToken),
                { TcpSocket: { } socket } => await ConnectAsync(socket, cancellationToken),
                { Sleep: { } sleep } => await SleepAsync(sleep, cancellationToken),
                _ => HandlerResult.Error($"local pods have exec, grpc, httpGet, tcpSocket and sleep, not '{string.Join(", ", handler.Other?.Select(o => o.Key) ?? [])}'"),
            };
        }
        catch (Exception failed) when (failed is not OperationCanceledException)
        {
            // Whatever an action asks for, a hook or a probe that cannot be made is a finding about the container, not about this process.
            return HandlerResult.Error(failed.Message);
        }
    }

    private async Task<HandlerResult> ExecuteAsync(List<string> command, CancellationToken cancellationToken)
    {
        using ExecProcess running = await services.Exec.StartAsync(process, spec, command, ExecStreams.Output, cancellationToken);
        await using CancellationTokenRegistration kill = cancellationToken.Register(static r => ((ExecProcess)r!).Kill(), running);
        string output = await ReadAsync(running, cancellationToken);
        int code = await running.Exited.WaitAsync(cancellationToken);
        return code == 0 ? HandlerResult.Success : HandlerResult.Failure(output);
    }

    private static async Task<string> ReadAsync(ExecProcess running, CancellationToken cancellationToken)
    {
        using var kept = new MemoryStream();
        await foreach (ReadOnlyMemory<byte> part in running.ReadOutputAsync(cancellationToken))
        {
            kept.Write(part.Span[..Math.Min(part.Length, MaxOutputBytes - (int)kept.Length)]);
        }

        return Encoding.UTF8.GetString(kept.GetBuffer(), 0, (int)kept.Length);
    }

    private async Task<HandlerResult> ConnectAsync(TcpSocketAction action, CancellationToken cancellationToken)
    {
        string host = string.IsNullOrEmpty(action.Host) ? address : action.Host;
        int port = Port(action.Port);
        try
        {
            using Socket socket = await ContainerNetwork.ConnectAsync(process, host, port, cancellationToken);
            return HandlerResult.Success;
        }
        catch (SocketException refused)
        {
            return HandlerResult.Failure(string.Create(CultureInfo.InvariantCulture, $"dial tcp {host}:{port}: connect: {refused.Message.ToLowerInvariant()}"));
        }
    }

    private async Task<HandlerResult> SleepAsync(SleepAction sleep, CancellationToken cancellationToken)
    {
        await Task.Delay(TimeSpan.FromSeconds(sleep.Seconds), services.Time, cancellationToken);
        return HandlerResult.Success;
    }

    private int Port(JsonElement port)
    {
        if (port.ValueKind == JsonValueKind.Number)
        {
            return port.GetInt32();
        }

        string name = port.ToString();
        return spec.Ports.Find(p => p.Name == name)?.Number
            ?? (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : throw new IOException($"couldn't find port '{name}' in container '{spec.Name}'"));
    }

    private string Timeout(Probe probe) => probe switch
    {
        { Exec: { } exec } => string.Create(CultureInfo.InvariantCulture, $"command timed out: \"{string.Join(' ', exec.Command)}\" timed out after {probe.TimeoutSeconds}s"),
        { HttpGet: { } get } => $"Get \"{HttpAction.Address(get, address, Port(get.Port))}\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)",
        { TcpSocket: { } socket } => string.Create(CultureInfo.InvariantCulture, $"dial tcp {(string.IsNullOrEmpty(socket.Host) ? address : socket.Host)}:{Port(socket.Port)}: i/o timeout"),
        _ => "i/o timeout",
    };
}
