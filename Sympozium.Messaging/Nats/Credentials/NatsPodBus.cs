using Sympozium.Abstractions;
using Sympozium.Abstractions.Events;

namespace Sympozium.Messaging.Nats.Credentials;

/// <summary>Pods publish on NATS with credentials for their run, where an account's seed is there to sign them; else through the gateway.</summary>
internal sealed class NatsPodBus : IPodBus, IDisposable
{
    private readonly NatsEventBus _bus;
    private readonly RunCredentialsIssuer? _issuer;
    private readonly string _url;

    /// <exception cref="SympoziumInvalidException">The seed's file is missing or holds no account's seed.</exception>
    public NatsPodBus(NatsEventBus bus, PodBusOptions options, TimeProvider time)
    {
        _bus = bus;
        _url = options.Url ?? bus.Servers;
        _issuer = options.SigningSeedFile is { } file ? new RunCredentialsIssuer(ReadSeed(file), options.Account, time) : null;
    }

    /// <inheritdoc/>
    public PodBusAccess? Grant(ResourceKey run, string runUid, TimeSpan lifetime) =>
        _issuer is null ? null : new PodBusAccess(_url, _issuer.Issue(run, runUid, lifetime));

    /// <inheritdoc/>
    public Task<BusEvent?> FindResultAsync(ResourceKey run, string runUid, CancellationToken cancellationToken) =>
        _bus.FindResultAsync(run, runUid, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _issuer?.Dispose();

    private static string ReadSeed(string file) => File.Exists(file)
        ? File.ReadAllText(file)
        : throw new SympoziumInvalidException($"'{PodBusOptions.SectionName}:{nameof(PodBusOptions.SigningSeedFile)}' names '{file}', which does not exist.");
}
