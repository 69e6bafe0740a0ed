using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Sympozium.Gateway.Admission;

namespace Sympozium.Gateway.Hosting;

/// <summary>Registers the admission webhook.</summary>
public static class AdmissionServiceCollectionExtensions
{
    /// <summary>
    /// Adds the webhook to a gateway on a cluster whose API server calls it. The host supplies <c>IKubernetesClient</c>. Where the local
    /// cluster asks the reviewer in process it is not needed.
    /// </summary>
    /// <exception cref="ValidationException">An option is out of its range.</exception>
    public static IServiceCollection AddSympoziumAdmission(this IServiceCollection services, AdmissionOptions options)
    {
        Validator.ValidateObject(options, new ValidationContext(options), validateAllProperties: true);
        services.AddLogging();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddSingleton<WebhookCertificates>();
        services.AddSingleton<CertificateSecret>();
        services.AddSingleton<AuthorityInjector>();
        services.AddSingleton<AdmissionLookup>();
        services.AddSingleton<AdmissionHealth>();
        services.AddSingleton<AdmissionEndpoint>();
        services.AddSingleton<CertificateWorker>();
        services.AddSingleton<AdmissionServer>();

        // The certificate first: handshakes fail without one.
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<CertificateWorker>());
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<AdmissionLookup>());
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<AdmissionServer>());
        return services;
    }
}
