using System.Net.Http.Headers;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Hosting;
using Sympozium.Testing;

namespace Sympozium.LocalCluster.Tests;

/// <summary>One running cluster with a custom kind, for all tests of a class; each test takes a namespace of its own.</summary>
public sealed class ClusterFixture : IAsyncLifetime, IDisposable
{
    public const string WidgetDefinition = """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata:
          name: widgets.example.com
        spec:
          group: example.com
          scope: Namespaced
          names: {plural: widgets, singular: widget, kind: Widget, listKind: WidgetList, shortNames: [wd], categories: [all]}
          versions:
          - name: v1
            served: true
            storage: true
            subresources: {status: {}}
            additionalPrinterColumns:
            - {name: Size, type: integer, jsonPath: .spec.size}
            - {name: Phase, type: string, jsonPath: .status.phase}
            schema:
              openAPIV3Schema:
                type: object
                description: A thing with a size.
                properties:
                  spec:
                    type: object
                    required: [size]
                    properties:
                      size: {type: integer, minimum: 1, description: How large it is.}
                      color: {type: string, default: red, enum: [red, green]}
                  status:
                    type: object
                    properties:
                      phase: {type: string}
        """;

    public static readonly ResourceType Widgets = new("example.com", "v1", "widgets", "Widget");

    private readonly TemporaryDirectory _folder = new();
    private readonly HttpClientHandler _handler = new() { ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator };
    private int _namespaces;

    public LocalClusterHost Cluster { get; private set; } = null!;

    public IKubernetesClient Client => Cluster.Client;

    /// <summary>What any program may send, with the administrator's token.</summary>
    public HttpClient Http { get; private set; } = null!;

    public Kubectl Kubectl => new(Cluster.KubeconfigPath);

    public async Task InitializeAsync()
    {
        LocalClusterOptions options = new() { DataDirectory = _folder.Path, Port = 0 };
        options.CustomResourceDefinitions.Add(WidgetDefinition);
        Cluster = await LocalClusterHost.StartAsync(options);
        Http = new HttpClient(_handler) { BaseAddress = new Uri(Cluster.Url), Timeout = TestTimeouts.InProcess };
        Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (await File.ReadAllTextAsync(Cluster.TokenPath)).Trim());
    }

    public async Task DisposeAsync()
    {
        await Cluster.DisposeAsync();
    }

    /// <summary>Called by xunit after <see cref="DisposeAsync"/>.</summary>
    public void Dispose()
    {
        Http.Dispose();
        _handler.Dispose();
        _folder.Dispose();
    }

    /// <summary>A fresh namespace.</summary>
    public async Task<string> NamespaceAsync()
    {
        string name = $"test-{Interlocked.Increment(ref _namespaces)}";
        await Client.CreateAsync(CoreTypes.Namespaces, Resources.Make(CoreTypes.Namespaces, null, name), CancellationToken.None);
        return name;
    }
}
