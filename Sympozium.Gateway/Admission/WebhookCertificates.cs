using System.Security.Cryptography.X509Certificates;

namespace Sympozium.Gateway.Admission;

/// <summary>The certificate that the listener shows at this moment, or why there is none. Replaced as a whole; connections take the newest.</summary>
internal sealed class WebhookCertificates
{
    private volatile X509Certificate2? _current;
    private volatile string? _problem = "there is no certificate yet";

    /// <summary>The certificate with its key; null at the beginning, when handshakes fail.</summary>
    public X509Certificate2? Current => _current;

    /// <summary>What is wrong; null when all is well.</summary>
    public string? Problem => _problem;

    /// <summary>Takes another certificate. The one before is not disposed: handshakes may hold it.</summary>
    public void Use(X509Certificate2 certificate) => _current = certificate;

    /// <summary>Tells what is wrong, or null.</summary>
    public void Tell(string? problem) => _problem = problem;
}
