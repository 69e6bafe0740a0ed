using Sympozium.Abstractions;
using Sympozium.Abstractions.Events;

namespace Sympozium.Messaging.Nats.Credentials;

/// <summary>Pods publish on NATS with credentials for their run, where an account's seed is there to sign them; else through the gateway.</summary>
internal sealed class NatsPodBus : IPodBus, IDisposable
{
    private readonly NatsEventBus _bus;
    private readonly RunCredentialsIssuer? _issuer;
    private readonly string _url;
    private readonly string? _authority;

    /// <exception cref="SympoziumInvalidException">The seed's or the authorities' file is missing, or the seed is no account's.</exception>
    public NatsPodBus(NatsEventBus bus, PodBusOptions options, TimeProvider time)
    {
        _bus = bus;
        _url = options.Url ?? bus.Servers;
        _issuer = options.SigningSeedFile is { } file ? new RunCredentialsIssuer(Read(nameof(PodBusOptions.SigningSeedFile), file), options.Account, time) : null;
        _authority = options.CaFile is { } authority ? Read(nameof(PodBusOptions.CaFile), authority) : null;
    }

    /// <inheritdoc/>
    public PodBusAccess? Grant(ResourceKey run, string runUid, TimeSpan lifetime) =>
        _issuer is null ? null : new PodBusAccess(_url, _issuer.Issue(run, runUid, lifetime), _authority);

    /// <inheritdoc/>
    public Task<BusEvent?> FindResultAsync(ResourceKey run, string runUid, CancellationToken cancellationToken) =>
        _bus.FindResultAsync(run, runUid, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _issuer?.Dispose();

    private static string Read(string option, string file) => File.Exists(file)
        ? File.ReadAllText(file)
        : throw new SympoziumInvalidException($"'{PodBusOptions.SectionName}:{option}' names '{file}', which does not exist.");
}
