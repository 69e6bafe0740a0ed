using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Admission;
using Sympozium.LocalCluster.Admission.Webhooks;
using Sympozium.LocalCluster.Authorization;
using Sympozium.LocalCluster.Client;
using Sympozium.LocalCluster.Garbage;
using Sympozium.LocalCluster.Identity;
using Sympozium.LocalCluster.Objects;
using Sympozium.LocalCluster.Server;
using Sympozium.LocalCluster.ServiceRouting;
using Sympozium.LocalCluster.Store;

namespace Sympozium.LocalCluster.Hosting;

/// <summary>
/// One local cluster. Built, it has its store open and <see cref="Client"/> works; started, it serves HTTPS, has its
/// namespaces and definitions, and collects garbage.
/// </summary>
public sealed class LocalClusterHost : IHostedService, IAsyncDisposable
{
    private readonly LocalClusterOptions _options;
    private readonly ClusterFiles _files;
    private readonly ILoggerFactory _loggers;
    private readonly TimeProvider _time;
    private readonly ClusterStore _store;
    private readonly KindRegistry _registry;
    private readonly WebhookClient _webhooks;
    private readonly ObjectVerbs _verbs;
    private readonly Func<IPodLogs> _logs;
    private readonly Func<IPodSessions> _sessions;
    private readonly ServerLifetime _lifetime = new();
    private readonly GarbageWorker _garbage;
    private readonly Certificates _certificates;
    private readonly Authorizer _authorizer;
    private readonly SigningKey _key;
    private readonly ServiceAccountTokens _tokens;
    private ApiServer? _server;
    private X509Certificate2? _certificate;
    private bool _isDisposed;

    /// <param name="options">Where and what.</param>
    /// <param name="reviewers">Asked before every write, in this order.</param>
    /// <param name="logs">Resolved when the first log is read, so that it may depend on <see cref="Client"/>.</param>
    /// <param name="sessions">Resolved when the first command is run in a pod; null for a cluster that runs none.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggers">Where to log.</param>
    /// <exception cref="StoreOpenException">The database cannot be used.</exception>
    public LocalClusterHost(LocalClusterOptions options, IEnumerable<IAdmission> reviewers, Func<IPodLogs> logs, Func<IPodSessions>? sessions, TimeProvider time, ILoggerFactory loggers)
    {
        _options = options;
        _loggers = loggers;
        _time = time;
        _logs = logs;
        _sessions = sessions ?? (static () => new NoPodSessions());
        _files = new ClusterFiles(options.DataDirectory);
        StoreOptions store = new()
        {
            Path = _files.Database,
            KeptEvents = options.KeptEvents,
            WatcherBuffer = options.WatcherBuffer,
            MaxFileBytes = options.MaxDatabaseBytes,
        };
        _store = ClusterStore.Open(store, loggers.CreateLogger<ClusterStore>());
        _registry = new KindRegistry(_store);
        _authorizer = new Authorizer(_store);
        _key = new SigningKey(_files.TokenKey);
        _tokens = new ServiceAccountTokens(_store, _key, time);
        _certificates = new Certificates(_files, time);
        _webhooks = new WebhookClient(new ServiceAddresses(_store), time);
        WebhookDispatcher webhooks = new(_store, _registry, _webhooks, _authorizer, loggers.CreateLogger<WebhookDispatcher>());
        _verbs = new ObjectVerbs(_store, new AdmissionChain(reviewers, webhooks) { Roles = new RoleGuard(_authorizer) }, time);
        _garbage = new GarbageWorker(_store, _registry, _verbs, _tokens, () => _certificates.AuthorityPem, time, loggers.CreateLogger<GarbageWorker>());
        Client = new LocalKubernetesClient(_store, _registry, _verbs, logs);
    }

    /// <summary>The cluster without HTTP.</summary>
    public IKubernetesClient Client { get; }

    /// <summary>Makes tokens of ServiceAccounts.</summary>
    public IServiceAccountTokens Tokens => _tokens;

    public string KubeconfigPath => _files.Kubeconfig;

    /// <summary>Base address; known once started.</summary>
    public string Url => $"https://127.0.0.1:{(_server ?? throw new InvalidOperationException("The local cluster is not started.")).Port}";

    /// <summary>File that holds the administrator's token.</summary>
    public string TokenPath => _files.Token;

    /// <summary>Builds and starts a cluster with nothing around it.</summary>
    public static async Task<LocalClusterHost> StartAsync(
        LocalClusterOptions options, IEnumerable<IAdmission>? reviewers = null, Func<IPodLogs>? logs = null, CancellationToken cancellationToken = default)
    {
        NoPodLogs none = new();
        LocalClusterHost host = new(options, reviewers ?? [], logs ?? (() => none), null, TimeProvider.System, NullLoggerFactory.Instance);
        try
        {
            await host.StartAsync(cancellationToken);
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _certificate = _certificates.Load();

        // Beside the server's own start: nobody knows the cluster is there before the kubeconfig says so.
        Task first = Task.Run(() => new FirstObjects(_options, _verbs, _registry).CreateAsync(cancellationToken), cancellationToken);
        string token = LoadToken();
        Authentication authentication = new(token, _tokens, new ClientCertificates(_certificates.Authority!, _time));
        ApiDispatcher dispatcher = new(
            _store, _registry, _verbs, _lifetime, _logs, _sessions, new AccessControl(authentication, _authorizer, _tokens, _key, _time), _time, _loggers.CreateLogger<ApiDispatcher>());
        Task<ApiServer> server = ApiServer.StartAsync(_options.Port, _certificate, dispatcher, _lifetime, _loggers, cancellationToken);
        try
        {
            await Task.WhenAll(server, first);
        }
        catch when (server.IsCompletedSuccessfully)
        {
            // To be stopped with everything else.
            _server = await server;
            throw;
        }

        ApiServer started = _server = await server;
        _garbage.Start();
        await ApiService.PublishAsync(Client, started.Port, cancellationToken);
        ClusterFiles.WriteSecret(_files.Kubeconfig, Kubeconfig.Write(Url, _certificates.AuthorityPem, token));
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _lifetime.Stop();
        if (Interlocked.Exchange(ref _server, null) is { } server)
        {
            await server.DisposeAsync();
        }

        await _garbage.StopAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        await StopAsync(CancellationToken.None);
        _garbage.Dispose();
        _webhooks.Dispose();
        _store.Dispose();
        _certificate?.Dispose();
        _certificates.Dispose();
        _key.Dispose();
        _lifetime.Dispose();
    }

    private string LoadToken()
    {
        if (!File.Exists(_files.Token))
        {
            ClusterFiles.WriteSecret(_files.Token, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)));
        }

        return File.ReadAllText(_files.Token).Trim();
    }
}
