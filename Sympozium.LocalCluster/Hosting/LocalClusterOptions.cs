namespace Sympozium.LocalCluster.Hosting;

/// <summary>Where the local cluster lives and what it serves.</summary>
public sealed class LocalClusterOptions
{
    public const int DefaultPort = 8443;

    /// <value>Folder of the database, the certificates, the token and the kubeconfig; made when missing.</value>
    public string DataDirectory { get; set; } = "";

    /// <value>Port on 127.0.0.1; 0 for any free one.</value>
    public int Port { get; set; } = DefaultPort;

    /// <value>YAML documents of CustomResourceDefinitions, installed or updated at each start.</value>
    public IList<string> CustomResourceDefinitions { get; } = [];

    /// <value>Namespaces that exist from the start.</value>
    public IList<string> Namespaces { get; } = ["default", "kube-node-lease", "kube-public", "kube-system", "sympozium-system"];

    /// <value>Changes that stay watchable after a break.</value>
    public int KeptEvents { get; set; } = 10_000;

    /// <value>Changes a slow watcher may fall behind before its stream ends.</value>
    public int WatcherBuffer { get; set; } = 4_096;

    /// <value>Size in bytes that the database may reach; writes then fail as on a full disk.</value>
    public long MaxDatabaseBytes { get; set; } = 8L << 30;
}
