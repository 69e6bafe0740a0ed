using System.Text;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Grains.Runs;

/// <summary>Reads the end of an agent container's log, where the result marker stands.</summary>
internal static class AgentLog
{
    /// <summary>Lines asked for; the marker is among the last that an agent writes.</summary>
    private const int TailLines = 500;

    /// <summary>
    /// The end of the log; null when the pod has none (any more). <paramref name="isDispensable"/>: null as well when its node does not give it, which the
    /// API server says as an error of its own; who lost a node for good would wait for ever.
    /// </summary>
    public static async Task<string?> ReadTailAsync(IKubernetesClient kubernetes, string ns, string pod, int mostBytes, bool isDispensable, CancellationToken cancellationToken)
    {
        try
        {
            await using Stream log = await kubernetes.OpenLogAsync(ns, pod, new LogOptions("agent", TailLines: TailLines), cancellationToken);
            var tail = new MemoryStream();
            byte[] buffer = new byte[64 * 1024];
            int read;
            while ((read = await log.ReadAsync(buffer, cancellationToken)) > 0)
            {
                tail.Write(buffer.AsSpan(0, read));
                if (tail.Length > 2L * mostBytes)
                {
                    Keep(tail, mostBytes);
                }
            }

            Keep(tail, mostBytes);
            return Encoding.UTF8.GetString(tail.GetBuffer(), 0, (int)tail.Length);
        }
        catch (KubernetesException e) when (e.IsNotFound || e.Reason == StatusReasons.BadRequest)
        {
            // No pod, or a container that never started: there is no log.
            return null;
        }
        catch (KubernetesException e) when (isDispensable && e.IsTransient && !e.IsUnreachable)
        {
            // The node is gone, or does not answer the API server.
            return null;
        }
    }

    private static void Keep(MemoryStream tail, int mostBytes)
    {
        int surplus = (int)tail.Length - mostBytes;
        if (surplus > 0)
        {
            byte[] bytes = tail.GetBuffer();
            Buffer.BlockCopy(bytes, surplus, bytes, 0, mostBytes);
            tail.SetLength(mostBytes);
            tail.Position = mostBytes;
        }
    }
}
