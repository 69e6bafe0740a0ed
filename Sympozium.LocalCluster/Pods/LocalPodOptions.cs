namespace Sympozium.LocalCluster.Pods;

/// <summary>How local pods run and what they may take.</summary>
public sealed class LocalPodOptions
{
    /// <summary>Data directory of the control plane; pods live in <c>pods/</c>, claims in <c>volumes/</c> below it.</summary>
    public string DataDirectory { get; set; } = "";

    /// <summary>The images that local pods know.</summary>
    public IList<LocalPodImage> Images { get; } = [];

    /// <summary>Name of the one node, as pods and <c>kubectl get -o wide</c> show it.</summary>
    public string NodeName { get; set; } = "local";

    /// <summary>Run plain processes even where bubblewrap works.</summary>
    public bool ForcePlainProcesses { get; set; }

    /// <summary>
    /// Whether a pod whose label denies egress has no network at all, as long as its gateway is a socket on this machine. A node of a control plane that it
    /// reaches over the network only has to do without.
    /// </summary>
    public bool HonorEgressLabel { get; set; } = true;

    /// <summary>The bubblewrap executable: a path, or a name that is looked up in PATH.</summary>
    public string Bubblewrap { get; set; } = "bwrap";

    /// <summary>Host paths that every sandbox sees read-only; those that do not exist are left out.</summary>
    public IList<string> RootPaths { get; } =
    [
        "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store",
        "/etc/alternatives", "/etc/ca-certificates", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/localtime",
        "/etc/mime.types", "/etc/nsswitch.conf", "/etc/pki", "/etc/protocols", "/etc/resolv.conf", "/etc/services", "/etc/ssl", "/etc/terminfo",
    ];

    /// <summary>Where emptyDir volumes with medium Memory and Secret volumes live when it is writable.</summary>
    public string MemoryDirectory { get; set; } = "/dev/shm";

    /// <summary>What one container's log may occupy on disk; the oldest part is given back beyond it. Bytes.</summary>
    public long MaxLogBytes { get; set; } = 64L << 20;

    /// <summary>How often the size of running containers' logs is looked at.</summary>
    public TimeSpan LogCheckPeriod { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How often a follower looks for more output.</summary>
    public TimeSpan LogFollowPeriod { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Wait before the second restart of a container; doubles with each further one. The first restart is immediate.</summary>
    public TimeSpan RestartBackoff { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest wait before a restart.</summary>
    public TimeSpan MaxRestartBackoff { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How often a container is tried again that lacks a Secret, a ConfigMap or an image.</summary>
    public TimeSpan ConfigRetryPeriod { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Limit memory, processor time and processes by the kernel's control groups where that is possible.</summary>
    public bool UseControlGroups { get; set; } = true;

    /// <summary>Whether <c>limits.cpu</c> slows containers down; memory limits always hold.</summary>
    public bool EnforceCpuLimits { get; set; } = true;

    /// <summary>Processes and threads that one container may have; null for any number.</summary>
    public long? MaxProcesses { get; set; } = 4096;

    /// <summary>How often memory is looked at where the kernel does not limit it.</summary>
    public TimeSpan MemoryCheckPeriod { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How often the size of emptyDir volumes is looked at that have a limit.</summary>
    public TimeSpan VolumeCheckPeriod { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long a pod that ran is still there, at least, after its deletion was asked for, even when its containers end at once. Who asks to be told of
    /// the deletion a moment later (<c>kubectl wait --for=delete</c>) can then be told, as in Kubernetes, whose kubelet looks once a second.
    /// </summary>
    public TimeSpan MinTerminatingTime { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long a container that is to run for good, and has no readiness probe, must have run before it counts as ready. One that ends at once is then never
    /// ready, as in Kubernetes, whose kubelet looks at containers once a second only.
    /// </summary>
    public TimeSpan SettleTime { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How long containers get to end when the control plane is stopped in an orderly way.</summary>
    public TimeSpan ShutdownGrace { get; set; } = TimeSpan.FromSeconds(5);
}
