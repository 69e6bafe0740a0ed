using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using NATS.Client.Core;
using NATS.Client.JetStream;
using Sympozium.Abstractions;

namespace Sympozium.Messaging.Nats;

/// <summary>
/// The connection to NATS and its JetStream. Connects by itself when it is first used and again after each loss; what happens is
/// logged once per change, not once per attempt.
/// </summary>
internal sealed partial class NatsClient : IAsyncDisposable
{
    private readonly NatsConnection _connection;
    private readonly ILogger _logger;
    private readonly NatsConnectFailures _failures = new();
    private readonly Lock _lock = new();
    private int _lost;
    private object? _noticed;
    private (string? Server, ulong Client) _present;
    private int _epoch;
    private CancellationTokenSource _connectedAgain = new();

    /// <exception cref="SympoziumInvalidException">The options contradict each other or name a file that is not there.</exception>
    public NatsClient(NatsBusOptions options, ILogger logger)
    {
        NatsClientChecks.Check(options);
        _logger = logger;
        Servers = string.Join(",", options.Url.Split(',').Select(Redact));
        _connection = new NatsConnection(Read(options) with { LoggerFactory = _failures });
        JetStream = new NatsJSContext(_connection, new NatsJSOpts(_connection.Opts, requestTimeout: options.PublishTimeout));
        _connection.ConnectionOpened += (_, _) => { Connected(); return ValueTask.CompletedTask; };
        _connection.ConnectionDisconnected += (_, _) => { Lost("the connection ended"); return ValueTask.CompletedTask; };
        _connection.ReconnectFailed += (_, args) => { Lost(_failures.Last ?? "no server answers"); return ValueTask.CompletedTask; };
        _connection.LameDuckModeActivated += (_, _) => { LogLameDuck(Servers); return ValueTask.CompletedTask; };
        _connection.ServerError += (_, args) => { LogServerError(Servers, args.Error); return ValueTask.CompletedTask; };
    }

    /// <summary>The connection itself.</summary>
    public NatsConnection Connection => _connection;

    /// <summary>JetStream over this connection.</summary>
    public NatsJSContext JetStream { get; }

    /// <summary>The servers without user and password, for messages.</summary>
    public string Servers { get; }

    /// <summary>Whether there is a connection now.</summary>
    public bool IsConnected => _connection.ConnectionState == NatsConnectionState.Open;

    /// <summary>Why there is no connection; null while there is one, and before the first try has failed.</summary>
    public string? Failure => IsConnected ? null : _failures.Last;

    /// <summary>Counts connections; a change means that the server may be another one, without what the last one knew.</summary>
    public int Epoch => Notice().Epoch;

    /// <summary>Cancelled by the next connection: what was learnt from the server of this one may not hold there.</summary>
    public CancellationToken ConnectedAgain => Notice().Next;

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        _connectedAgain.Dispose();
    }

    /// <summary>A server's address without what is before its <c>@</c>.</summary>
    internal static string Redact(string url)
    {
        int at = url.LastIndexOf('@');
        int scheme = url.IndexOf("://", StringComparison.Ordinal);
        return (at < 0 ? url : scheme < 0 ? url[(at + 1)..] : url[..(scheme + 3)] + url[(at + 1)..]).Trim();
    }

    private static NatsOpts Read(NatsBusOptions options) => NatsOpts.Default with
    {
        Url = options.Url,
        Name = options.Name,
        RetryOnInitialConnect = true,
        MaxReconnectRetry = -1,
        // A password may be rotated while the server still has the old one: go on trying.
        IgnoreAuthErrorAbort = true,
        ReconnectWaitMin = options.RetryMin,
        ReconnectWaitMax = options.RetryMax,
        PingInterval = options.PingInterval,
        MaxPingOut = 2,
        CommandTimeout = options.PublishTimeout,
        RequestTimeout = options.PublishTimeout,
        AuthOpts = NatsAuthOpts.Default with
        {
            Username = options.User,
            CredsFile = options.CredentialsFile,
            AuthCredCallback = FromFiles(options),
        },
        // With ConfigureClientAuthentication the library insists on TLS, whatever the mode.
        TlsOpts = !IsTlsDemanded(options) ? NatsTlsOpts.Default : NatsTlsOpts.Default with
        {
            CertFile = options.CertificateFile,
            KeyFile = options.KeyFile,
            Mode = TlsMode.Require,
            ConfigureClientAuthentication = tls => Verify(tls, options.CaFile),
        },
    };

    private static bool IsTlsDemanded(NatsBusOptions options) => options.CaFile is not null || options.CertificateFile is not null
        || options.Url.Split(',').All(static server => server.Trim().StartsWith("tls://", StringComparison.Ordinal));

    /// <summary>Has the platform check the server's certificate, which says what is wrong with it; the library's own check does not.</summary>
    private static ValueTask Verify(SslClientAuthenticationOptions tls, string? authorityFile)
    {
        tls.RemoteCertificateValidationCallback = null;
        if (authorityFile is not null)
        {
            // Read at each connect: the file may have been replaced.
            tls.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            tls.CertificateChainPolicy.CustomTrustStore.ImportFromPemFile(authorityFile);
        }

        return ValueTask.CompletedTask;
    }

    private static Func<Uri, CancellationToken, ValueTask<NatsAuthCred>>? FromFiles(NatsBusOptions options) => options switch
    {
        { TokenFile: { } file } => async (_, token) => NatsAuthCred.FromToken((await File.ReadAllTextAsync(file, token)).Trim()),
        { User: { } user, PasswordFile: { } file } =>
            async (_, token) => NatsAuthCred.FromUserInfo(user, (await File.ReadAllTextAsync(file, token)).Trim()),
        { NkeyFile: { } file } => async (_, token) => NatsAuthCred.FromNkey((await File.ReadAllTextAsync(file, token)).Trim()),
        _ => null,
    };

    private void Connected()
    {
        _failures.Forget();
        Volatile.Write(ref _lost, 0);
        LogConnected(Servers, _connection.ServerInfo?.Version ?? "unknown");
        Notice();
    }

    /// <summary>
    /// Looks whether the connection is another one than the last time. The library's event of it comes later than its first use: who began to read
    /// before that event must not be told to begin again, since what it has been sent by then would wait for its acknowledgement to time out.
    /// </summary>
    private (int Epoch, CancellationToken Next) Notice()
    {
        object? info = _connection.ServerInfo;
        if (ReferenceEquals(info, Volatile.Read(ref _noticed)))
        {
            return (Volatile.Read(ref _epoch), Volatile.Read(ref _connectedAgain).Token);
        }

        lock (_lock)
        {
            // A server may tell of itself again on the same connection.
            (string?, ulong) now = (_connection.ServerInfo?.Id, _connection.ServerInfo?.ClientId ?? 0);
            if (now != _present)
            {
                _present = now;
                Volatile.Write(ref _epoch, _epoch + 1);
                _ = Interlocked.Exchange(ref _connectedAgain, new CancellationTokenSource()).CancelAsync();
            }

            Volatile.Write(ref _noticed, info);
            return (_epoch, _connectedAgain.Token);
        }
    }

    private void Lost(string reason)
    {
        if (Interlocked.Exchange(ref _lost, 1) == 0)
        {
            LogLost(Servers, reason);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Connected to NATS at {Servers}, version {Version}")]
    private partial void LogConnected(string servers, string version);

    [LoggerMessage(Level = LogLevel.Warning, Message = "NATS at {Servers} cannot be reached ({Reason}); it is tried again until it answers")]
    private partial void LogLost(string servers, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "NATS at {Servers} is about to stop (lame duck mode); the connection moves")]
    private partial void LogLameDuck(string servers);

    [LoggerMessage(Level = LogLevel.Warning, Message = "NATS at {Servers} reports: {Error}")]
    private partial void LogServerError(string servers, string error);
}
