using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using Sympozium.LocalCluster.Pods.Manifest;
using Sympozium.LocalCluster.Pods.Variables;
using Sympozium.LocalCluster.ServiceRouting;

namespace Sympozium.LocalCluster.Pods.Network;

/// <summary>
/// Addresses and names for local pods. All pods share the machine's network; each has a loopback address of its own there, on which
/// it can listen without meeting others, and a hosts file that names the Services and follows them while the pod runs.
/// </summary>
internal sealed class PodNetwork : IDisposable
{
    /// <summary>Where the hosts file appears in a sandbox.</summary>
    public const string HostsMount = "/etc/hosts";

    /// <summary>First address of 127.64.0.0/12, the range of pods.</summary>
    private const uint First = 0x7f400000;

    private const int RangeSize = 1 << 20;
    private const int Reserved = 256;
    private const string HostFile = "/etc/hosts";

    private readonly PodPaths _paths;
    private readonly ServiceDirectory _directory;

    /// <summary>Guards <see cref="_next"/> and what is in <see cref="_addresses"/>.</summary>
    private readonly Lock _lock = new();

    private readonly Dictionary<string, string> _addresses = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, HostsFile> _files = new(StringComparer.Ordinal);

    // Not from the start again: an address that was free a moment ago may be known to somebody yet.
    private int _next = Random.Shared.Next(Reserved, RangeSize - 1);

    public PodNetwork(LocalPodOptions options, ServiceDirectory directory)
    {
        _paths = new PodPaths(options);
        _directory = directory;
        _directory.Changed += Follow;
    }

    /// <summary>The pod's address: the one it had, or one that no other pod has.</summary>
    public string AddressOf(PodManifest pod, string? known)
    {
        if (pod.Spec.HostNetwork)
        {
            return PodFields.NodeAddress;
        }

        lock (_lock)
        {
            if (_addresses.TryGetValue(pod.Metadata.Uid, out string? own))
            {
                return own;
            }

            // One that was written before pods had addresses of their own is not kept.
            string address = known is not null && IsOfPods(known) && !_addresses.ContainsValue(known) ? known : Free();
            _addresses[pod.Metadata.Uid] = address;
            HostsFile file = FileOf(pod, address);
            if (File.Exists(file.Path))
            {
                // A pod that a former control plane has started: its file is followed again.
                _files[pod.Metadata.Uid] = file;
            }

            return address;
        }
    }

    /// <summary>The pod is gone.</summary>
    public void Release(string uid)
    {
        lock (_lock)
        {
            _addresses.Remove(uid);
        }

        _files.TryRemove(uid, out _);
    }

    /// <summary>Writes the pod's hosts file and keeps it up to date from now on.</summary>
    /// <returns>Its path on the host.</returns>
    public string WriteHosts(PodManifest pod, string address)
    {
        PodPaths.CreatePrivate(_paths.Pod(pod.Metadata.Uid));
        HostsFile file = FileOf(pod, address);
        _files[pod.Metadata.Uid] = file;
        file.Write(_directory);
        return file.Path;
    }

    public void Dispose() => _directory.Changed -= Follow;

    private HostsFile FileOf(PodManifest pod, string address) => new(Path.Combine(_paths.Pod(pod.Metadata.Uid), "hosts"), pod.Metadata.Namespace, Head(pod, address));

    private static bool IsOfPods(string text) => IPAddress.TryParse(text, out IPAddress? address) && Number(address) is var number && number >= First && number < First + RangeSize;

    private static uint Number(IPAddress address)
    {
        byte[] bytes = address.GetAddressBytes();
        return bytes.Length == 4 ? (uint)((bytes[0] << 24) | (bytes[1] << 16) | (bytes[2] << 8) | bytes[3]) : 0;
    }

    private string Free()
    {
        for (int tries = 0; tries < RangeSize; tries++)
        {
            uint number = First + (uint)_next;
            _next = _next + 1 < RangeSize - 1 ? _next + 1 : Reserved;
            string address = new IPAddress([(byte)(number >> 24), (byte)(number >> 16), (byte)(number >> 8), (byte)number]).ToString();
            if (!_addresses.ContainsValue(address))
            {
                return address;
            }
        }

        throw new PodConfigException(PodConfigException.CreateError, "All addresses of 127.64.0.0/12 are in use; delete pods that are not needed any more.");
    }

    private static string Head(PodManifest pod, string address)
    {
        StringBuilder lines = new("# Written by the local cluster, which keeps it up to date.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n");
        lines.Append(CultureInfo.InvariantCulture, $"{address}\t{pod.Spec.Hostname ?? pod.Metadata.Name}\n");
        foreach (HostAlias alias in pod.Spec.HostAliases)
        {
            lines.Append(CultureInfo.InvariantCulture, $"{alias.Ip}\t{string.Join('\t', alias.Hostnames)}\n");
        }

        return lines.ToString();
    }

    private void Follow((string Namespace, string Name) changed)
    {
        foreach (HostsFile file in _files.Values)
        {
            file.Write(_directory);
        }
    }

    /// <summary>One pod's file. It is bound into the sandbox, so it is always the same file that is written.</summary>
    private sealed class HostsFile(string path, string ns, string head)
    {
        private readonly Lock _lock = new();
        private string _written = "";

        public string Path => path;

        public void Write(ServiceDirectory directory)
        {
            lock (_lock)
            {
                string text = head + directory.Hosts(ns) + OfHost();
                if (text == _written || !Directory.Exists(System.IO.Path.GetDirectoryName(path)))
                {
                    return;
                }

                using FileStream file = new(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite);
                file.Write(Encoding.UTF8.GetBytes(text));
                file.SetLength(file.Position);
                _written = text;
            }
        }

        /// <summary>Names that the host knows are the pods' as well, as long as they share its network.</summary>
        private static string OfHost()
        {
            if (!File.Exists(HostFile))
            {
                return "";
            }

            IEnumerable<string> lines = File.ReadLines(HostFile).Where(line => line.Trim() is { Length: > 0 } text && text[0] != '#' && !text.Contains("localhost", StringComparison.Ordinal));
            return string.Concat(lines.Select(line => line + "\n"));
        }
    }
}
