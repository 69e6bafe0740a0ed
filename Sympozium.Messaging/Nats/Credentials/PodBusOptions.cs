namespace Sympozium.Messaging.Nats.Credentials;

/// <summary>How the pods of runs reach NATS by themselves.</summary>
public sealed class PodBusOptions
{
    /// <summary>Section of the configuration.</summary>
    public const string SectionName = "Sympozium:Nats:Pods";

    /// <summary>Servers as pods reach them, separated by commas; <c>tls://host:port</c> insists on TLS.</summary>
    /// <value>Default null: as the control plane reaches them.</value>
    public string? Url { get; set; }

    /// <summary>PEM file with the authorities that the servers' certificate may come from; pods get its content with their credentials.</summary>
    /// <value>Default null: that of the control plane (<see cref="NatsBusOptions.CaFile"/>), else those that the image trusts.</value>
    public string? CaFile { get; set; }

    /// <summary>File with the seed (<c>SA…</c>) of the NATS account, or of one of its signing keys, which signs the pods' credentials.</summary>
    /// <value>Default null: pods have no credentials and publish through the gateway.</value>
    public string? SigningSeedFile { get; set; }

    /// <summary>Public key (<c>A…</c>) of the account when <see cref="SigningSeedFile"/> is a signing key's.</summary>
    /// <value>Default null: the seed is the account's own.</value>
    public string? Account { get; set; }
}
