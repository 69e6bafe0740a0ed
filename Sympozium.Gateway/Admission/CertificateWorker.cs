using System.Security.Cryptography;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Gateway.Admission;

/// <summary>
/// Keeps the listener's certificate valid and the webhook configurations trusting it. Looks at the start and at each interval; every replica
/// does, and whatever one of them writes the others read. A failure is logged once and shown in <c>/readyz</c>; the last certificate stays.
/// </summary>
internal sealed partial class CertificateWorker(
    WebhookCertificates certificates, CertificateSecret secret, AuthorityInjector injector, AdmissionOptions options, TimeProvider time, ILogger<CertificateWorker> logger) : BackgroundService
{
    private readonly CertificateFolder? _folder = options.CertificateDirectory is { } directory ? new CertificateFolder(directory) : null;
    private WebhookKeys? _used;
    private string? _lastProblem;

    /// <summary>Looks once.</summary>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        try
        {
            Tell(_folder is null ? await UseSecretAsync(cancellationToken) : await UseFolderAsync(_folder, cancellationToken), null);
        }
        catch (Exception e) when (e is KubernetesException or IOException or UnauthorizedAccessException or CryptographicException)
        {
            Tell($"the certificate of the webhook cannot be kept up: {e.Message}", e);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.CheckInterval, time);
        do
        {
            await CheckAsync(stoppingToken);
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task<string?> UseSecretAsync(CancellationToken cancellationToken)
    {
        WebhookKeys keys = await secret.EnsureAsync(cancellationToken);
        if (_used?.Certificate != keys.Certificate)
        {
            certificates.Use(WebhookAuthority.Open(keys.Certificate, keys.Key));
            LogCertificate();
        }

        _used = keys;
        IReadOnlyList<string> missing = await injector.InjectAsync(keys.Authorities, cancellationToken);
        return missing.Count == 0 ? null : string.Join("; ", missing);
    }

    private async Task<string?> UseFolderAsync(CertificateFolder folder, CancellationToken cancellationToken)
    {
        if (await folder.ReadAsync(cancellationToken) is { } certificate)
        {
            certificates.Use(certificate);
            LogCertificate();
        }

        return null;
    }

    private void Tell(string? problem, Exception? exception)
    {
        certificates.Tell(problem);
        if (problem is not null && problem != _lastProblem)
        {
            LogProblem(exception, problem);
        }

        _lastProblem = problem;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The admission webhook uses a new certificate")]
    private partial void LogCertificate();

    [LoggerMessage(Level = LogLevel.Warning, Message = "Admission webhook: {Problem}")]
    private partial void LogProblem(Exception? exception, string problem);
}
