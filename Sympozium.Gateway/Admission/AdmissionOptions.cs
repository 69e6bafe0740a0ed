using System.ComponentModel.DataAnnotations;
using System.Net;

namespace Sympozium.Gateway.Admission;

/// <summary>The admission webhook: where it listens, and where its certificates come from.</summary>
public sealed class AdmissionOptions
{
    /// <summary>Section of the configuration.</summary>
    public const string SectionName = "Sympozium:Admission";

    /// <summary>Whether the control plane beside a cluster starts the webhook.</summary>
    /// <value>Default false.</value>
    public bool Enabled { get; set; }

    /// <summary>Address to listen on; in a pod <c>0.0.0.0</c> or <c>::</c>.</summary>
    /// <value>Default loopback.</value>
    public string Address { get; set; } = IPAddress.Loopback.ToString();

    /// <summary>TCP port of the HTTPS listener; 0 takes a free one.</summary>
    /// <value>Default 9443.</value>
    [Range(0, 65535)]
    public int Port { get; set; } = 9443;

    /// <summary>Service by which the API server reaches it; stands in the certificate as <c>service.namespace.svc</c>.</summary>
    /// <value>Default sympozium-webhook.</value>
    [Required]
    public string ServiceName { get; set; } = "sympozium-webhook";

    /// <summary>Further DNS names or IP addresses by which API servers reach it, where no Service leads to it: those of <c>clientConfig.url</c>.</summary>
    /// <value>Default none.</value>
    public IReadOnlyList<string> HostNames { get; set; } = [];

    /// <summary>Namespace of the Service and of <see cref="SecretName"/>.</summary>
    /// <value>Default sympozium-system.</value>
    [Required]
    public string Namespace { get; set; } = Abstractions.SympoziumNames.SystemNamespace;

    /// <summary>Secret that the replicas share: authority and certificate. Made when it does not exist.</summary>
    /// <value>Default sympozium-webhook-tls.</value>
    [Required]
    public string SecretName { get; set; } = "sympozium-webhook-tls";

    /// <summary>Name of the ValidatingWebhookConfiguration and of the MutatingWebhookConfiguration that get the authority.</summary>
    /// <value>Default sympozium.</value>
    [Required]
    public string ConfigurationName { get; set; } = "sympozium";

    /// <summary>
    /// Folder with <c>tls.crt</c> and <c>tls.key</c> of somebody else, such as cert-manager; read again when they change. No authority is made
    /// or injected then. Null: certificates of our own.
    /// </summary>
    public string? CertificateDirectory { get; set; }

    /// <summary>How often certificates and webhook configurations are looked at.</summary>
    /// <value>Default 1 minute.</value>
    public TimeSpan CheckInterval { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Most bytes of one review; it holds the object once or twice.</summary>
    /// <value>Default 8 MiB.</value>
    [Range(1, int.MaxValue)]
    public int MaxRequestBytes { get; set; } = 8 * 1024 * 1024;

    /// <summary>Longest time for one review; less than the configuration's timeoutSeconds, so that the answer still says why.</summary>
    /// <value>Default 8 seconds.</value>
    public TimeSpan ReviewTimeout { get; set; } = TimeSpan.FromSeconds(8);
}
