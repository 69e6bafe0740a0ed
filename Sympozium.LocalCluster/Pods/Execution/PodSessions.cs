using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Pods.Lifecycle;
using Sympozium.LocalCluster.Pods.Logs;
using Sympozium.LocalCluster.Pods.Manifest;
using Sympozium.LocalCluster.Pods.Variables;
using Sympozium.LocalCluster.Server;

namespace Sympozium.LocalCluster.Pods.Execution;

/// <summary>Commands in local pods, and connections to them.</summary>
internal sealed class PodSessions(PodRunner runner, IKubernetesClient client, IPodLogs logs) : IPodSessions
{
    public async Task<IPodCommand> ExecuteAsync(string ns, string pod, ExecOptions options, CancellationToken cancellationToken)
    {
        PodManifest manifest = await ReadAsync(ns, pod, cancellationToken);
        PodContainer container = Running(manifest, PodLogs.Choose(manifest, options.Container));
        ExecStreams streams = options.Terminal
            ? ExecStreams.Terminal
            : (options.Input ? ExecStreams.Input : 0) | (options.Output ? ExecStreams.Output : 0) | (options.Error ? ExecStreams.Error : 0);
        try
        {
            return await runner.Exec.StartAsync(container.Process!, container.Spec, options.Command, streams, cancellationToken);
        }
        catch (IOException failed)
        {
            throw Failed($"Internal error occurred: error executing command in container: {failed.Message}");
        }
    }

    public async Task<IPodCommand> AttachAsync(string ns, string pod, ExecOptions options, CancellationToken cancellationToken)
    {
        PodManifest manifest = await ReadAsync(ns, pod, cancellationToken);
        string name = PodLogs.Choose(manifest, options.Container);
        PodContainer container = Running(manifest, name);

        // A container that serves one client has said nothing to anybody else before.
        int? tail = container.Spec.StdinOnce ? null : 0;
        Stream log = await logs.OpenAsync(ns, pod, new LogOptions(name, Follow: true, TailLines: tail), cancellationToken);
        return new AttachedContainer(container, log, options.Input);
    }

    public async Task<Stream> ConnectAsync(string ns, string pod, int port, CancellationToken cancellationToken)
    {
        PodManifest manifest = await ReadAsync(ns, pod, cancellationToken);
        PodWorker? worker = runner.Find(manifest.Metadata.Uid);
        List<PodContainer> running = [.. worker?.Containers.Where(c => c is { Phase: ContainerPhase.Running, Process: not null }) ?? []];
        SocketException? last = null;

        // Containers may have networks of their own: the one that declares the port first, then any that listens.
        string[] addresses = [PodFields.HostAddress, .. manifest.Status?.PodIP is { Length: > 0 } own ? [own] : Array.Empty<string>()];
        foreach (PodContainer container in running.OrderByDescending(c => c.Spec.Ports.Exists(p => p.Number == port)))
        {
            foreach (string address in addresses)
            {
                try
                {
                    return new NetworkStream(await ContainerNetwork.ConnectAsync(container.Process!, address, port, cancellationToken), ownsSocket: true);
                }
                catch (SocketException refused)
                {
                    last = refused;
                }
            }
        }

        throw new IOException(last is null
            ? "the pod does not run"
            : $"failed to connect to localhost:{port} inside the pod: dial tcp4 127.0.0.1:{port}: connect: {last.Message.ToLowerInvariant()}");
    }

    private async Task<PodManifest> ReadAsync(string ns, string pod, CancellationToken cancellationToken)
    {
        JsonObject found = await client.GetAsync(CoreTypes.Pods, ns, pod, cancellationToken)
            ?? throw new KubernetesException(HttpStatusCode.NotFound, StatusReasons.NotFound, $"pods \"{pod}\" not found");
        return PodManifest.Parse(found);
    }

    private PodContainer Running(PodManifest pod, string container)
    {
        PodContainer? found = runner.Find(pod.Metadata.Uid)?.Containers.FirstOrDefault(c => c.Name == container);
        return found is { Phase: ContainerPhase.Running, Process: not null }
            ? found
            : throw Failed($"unable to upgrade connection: container not found (\"{container}\")");
    }

    private static KubernetesException Failed(string message) => new(HttpStatusCode.InternalServerError, StatusReasons.InternalError, message);
}
