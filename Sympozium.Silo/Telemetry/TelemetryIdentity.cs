using OpenTelemetry.Resources;
using Sympozium.Silo.Local;

namespace Sympozium.Silo.Telemetry;

/// <summary>Who this process is, in OpenTelemetry's words (resource attributes). <c>OTEL_SERVICE_NAME</c> and <c>OTEL_RESOURCE_ATTRIBUTES</c> win.</summary>
/// <param name="service">Name of the service when the environment gives none.</param>
internal sealed class TelemetryIdentity(string service)
{
    private const string AgentService = "sympozium-agent";
    private const string ServiceNamespace = "sympozium";

    /// <summary>The control plane.</summary>
    public ResourceBuilder ControlPlane() => Resource(service).AddAttributes(Pod()).AddEnvironmentVariableDetector();

    /// <summary>The agents; each span has its run's own attributes.</summary>
    public static ResourceBuilder Agents() => Resource(AgentService);

    private static ResourceBuilder Resource(string name) =>
        ResourceBuilder.CreateEmpty().AddService(name, ServiceNamespace, Usage.Version, autoGenerateServiceInstanceId: true).AddTelemetrySdk();

    private static IEnumerable<KeyValuePair<string, object>> Pod()
    {
        (string Attribute, string Variable)[] known = [("k8s.pod.name", "POD_NAME"), ("k8s.namespace.name", "POD_NAMESPACE"), ("k8s.node.name", "NODE_NAME"), ("k8s.pod.ip", "POD_IP")];
        foreach ((string attribute, string variable) in known)
        {
            if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value)
            {
                yield return new(attribute, value);
            }
        }
    }
}
