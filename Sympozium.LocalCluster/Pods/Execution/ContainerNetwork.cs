using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Sympozium.LocalCluster.Pods.Lifecycle;
using Sympozium.LocalCluster.Pods.Processes;

namespace Sympozium.LocalCluster.Pods.Execution;

/// <summary>Connects to what listens in a container, also in one that has a network of its own.</summary>
internal static class ContainerNetwork
{
    private const int NetworkNamespace = 0x40000000;

    /// <summary>A connection to a port.</summary>
    /// <exception cref="SocketException">Nobody listens there.</exception>
    /// <exception cref="IOException">The container's network cannot be entered.</exception>
    public static async Task<Socket> ConnectAsync(ContainerProcess container, string host, int port, CancellationToken cancellationToken)
    {
        Socket socket = Open(container);
        try
        {
            await socket.ConnectAsync(host, port, cancellationToken);
            socket.NoDelay = true;
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static Socket Open(ContainerProcess container)
    {
        int? inner = ExitRecord.Read(container.RecordFile).InnerPid;
        string own = Target("/proc/self/ns/net");
        string theirs = inner is { } pid && ProcFiles.Marker(pid) == container.Marker ? Target($"/proc/{pid}/ns/net") : own;
        if (theirs == own || theirs.Length == 0)
        {
            return new Socket(SocketType.Stream, ProtocolType.Tcp);
        }

        return OpenIn($"/proc/{inner}/ns/net");
    }

    /// <summary>A socket belongs to the network that its maker was in: a thread goes there, makes it, and ends.</summary>
    private static Socket OpenIn(string path)
    {
        Socket? socket = null;
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                using SafeFileHandle ns = File.OpenHandle(path);
                if (Native.EnterNamespace(ns, NetworkNamespace) != 0)
                {
                    throw new Win32Exception(Marshal.GetLastPInvokeError());
                }

                socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            }
            catch (Exception failed) when (failed is Win32Exception or IOException or UnauthorizedAccessException or SocketException)
            {
                failure = failed;
            }
        })
        { IsBackground = true, Name = "pod-network" };
        thread.Start();
        thread.Join();
        return socket ?? throw new IOException($"the network of the container cannot be entered: {failure?.Message} It needs the right CAP_SYS_ADMIN.", failure);
    }

    private static string Target(string link)
    {
        try
        {
            return new FileInfo(link).LinkTarget ?? "";
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
