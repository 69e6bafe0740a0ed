using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;

namespace Sympozium.LocalCluster.ServiceRouting;

/// <summary>
/// The Service <c>kubernetes</c>, by which pods find the API. Its address is the one that the API listens on, because nobody else may
/// listen on port 443 without rights; written at each start, since the port may be another one then.
/// </summary>
internal static class ApiService
{
    public const string Namespace = "default";
    public const string Name = "kubernetes";
    public const string Address = "127.0.0.1";
    private const string PortName = "https";

    public static (string Namespace, string Name) Key => (Namespace, Name);

    public static async Task PublishAsync(IKubernetesClient client, int port, CancellationToken cancellationToken)
    {
        JsonObject labels = new() { ["component"] = "apiserver", ["provider"] = "kubernetes" };
        JsonObject service = New(CoreTypes.Services, labels);
        service["spec"] = new JsonObject
        {
            ["clusterIP"] = Address,
            ["ports"] = new JsonArray(new JsonObject { ["name"] = PortName, ["port"] = port, ["protocol"] = "TCP", ["targetPort"] = port }),
        };
        JsonObject endpoints = New(CoreTypes.Endpoints, new JsonObject { ["endpointslice.kubernetes.io/skip-mirror"] = "true" });
        endpoints["subsets"] = new JsonArray(new JsonObject
        {
            ["addresses"] = new JsonArray(new JsonObject { ["ip"] = Address }),
            ["ports"] = new JsonArray(new JsonObject { ["name"] = PortName, ["port"] = port, ["protocol"] = "TCP" }),
        });
        JsonObject slice = New(CoreTypes.EndpointSlices, new JsonObject { [SliceFacts.ServiceLabel] = Name });
        slice["addressType"] = "IPv4";
        slice["endpoints"] = new JsonArray(new JsonObject { ["addresses"] = new JsonArray(Address), ["conditions"] = new JsonObject { ["ready"] = true } });
        slice["ports"] = new JsonArray(new JsonObject { ["name"] = PortName, ["port"] = port, ["protocol"] = "TCP" });
        await PutAsync(client, CoreTypes.Services, service, "spec", cancellationToken);
        await PutAsync(client, CoreTypes.Endpoints, endpoints, "subsets", cancellationToken);
        await PutAsync(client, CoreTypes.EndpointSlices, slice, "ports", cancellationToken);
    }

    private static JsonObject New(ResourceType type, JsonObject labels) => new()
    {
        ["apiVersion"] = type.ApiVersion,
        ["kind"] = type.Kind,
        ["metadata"] = new JsonObject { ["name"] = Name, ["namespace"] = Namespace, ["labels"] = labels },
    };

    // "changing" is the field that the port is in.
    private static async Task PutAsync(IKubernetesClient client, ResourceType type, JsonObject wanted, string changing, CancellationToken cancellationToken)
    {
        if (await client.GetAsync(type, Namespace, Name, cancellationToken) is null)
        {
            await client.CreateAsync(type, wanted, cancellationToken);
            return;
        }

        JsonObject patch = new() { [changing] = wanted[changing]!.DeepClone() };
        await client.PatchAsync(type, Namespace, Name, new Patch(PatchType.Merge, patch, "kube-apiserver"), null, cancellationToken);
    }
}
