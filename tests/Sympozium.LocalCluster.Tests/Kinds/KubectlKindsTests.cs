using Sympozium.LocalCluster.Hosting;
using Sympozium.Testing;

namespace Sympozium.LocalCluster.Tests.Kinds;

/// <summary>Real kubectl against the documents and rules of the kinds.</summary>
public sealed class KubectlKindsTests : IAsyncLifetime, IDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private LocalClusterHost? _cluster;
    private Kubectl? _kubectl;

    public async Task InitializeAsync()
    {
        LocalClusterOptions options = new() { DataDirectory = _folder.Path, Port = 0 };
        options.CustomResourceDefinitions.Add(Samples.GadgetCrd);
        _cluster = await LocalClusterHost.StartAsync(options);
        _kubectl = new Kubectl(_cluster.KubeconfigPath);
    }

    public async Task DisposeAsync() => await _cluster!.DisposeAsync();

    [Theory]
    [InlineData("pod.spec.containers.env", "plaintext", "valueFrom\t<EnvVarSource>")]
    [InlineData("pod.spec.containers.env", "plaintext-openapiv2", "name\t<string> -required-")]
    [InlineData("gadgets.spec", "plaintext", "enum: fast, slow")]
    [InlineData("gadgets.spec.parts", "plaintext", "name\t<string> -required-")]
    [InlineData("gadgets.spec", "plaintext-openapiv2", "count\t<integer> -required-")]
    [InlineData("crd.spec.versions", "plaintext", "storage\t<boolean> -required-")]
    public async Task Explain_ShowsFieldsOfEitherOpenApiVersion(string path, string output, string expected)
    {
        KubectlResult result = await _kubectl!.RunAsync("explain", path, $"--output={output}");

        Assert.Equal((0, ""), (result.ExitCode, result.Errors));
        Assert.Contains(expected, result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Apply_UnknownFields_AreNamedByTheServer()
    {
        const string Manifest = "---\n{apiVersion: test.example.com/v1, kind: Gadget, metadata: {name: g}, spec: {count: 1, oops: 1}}";

        KubectlResult result = await _kubectl!.RunAsync(Manifest, ["apply", "-f", "-"]);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("strict decoding error: unknown field \"spec.oops\"", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Apply_SecondManifest_MergesListsOfMapsBySchema()
    {
        const string First = "---\n{apiVersion: v1, kind: ServiceAccount, metadata: {name: s}, secrets: [{name: a}, {name: b}]}";
        const string Second = "---\n{apiVersion: v1, kind: ServiceAccount, metadata: {name: s}, secrets: [{name: b}, {name: c}]}";

        Assert.Equal(0, (await _kubectl!.RunAsync(First, ["apply", "-f", "-"])).ExitCode);
        Assert.Equal(0, (await _kubectl.RunAsync("patch", "sa", "s", "-p", """{"secrets":[{"name":"mine"}]}""")).ExitCode);
        Assert.Equal(0, (await _kubectl.RunAsync(Second, ["apply", "-f", "-"])).ExitCode);
        KubectlResult names = await _kubectl.RunAsync("get", "sa", "s", "-o", "jsonpath={.secrets[*].name}");

        Assert.Equal("b,c,mine", string.Join(',', names.Output.Split(' ').Order(StringComparer.Ordinal)));
    }

    [Fact]
    public async Task Get_CustomKind_PrintsItsColumns()
    {
        await _kubectl!.RunAsync("---\n{apiVersion: test.example.com/v1, kind: Gadget, metadata: {name: g}, spec: {count: 3}}", ["create", "-f", "-"]);

        KubectlResult result = await _kubectl.RunAsync("get", "gd");

        Assert.Matches(@"^NAME\s+COUNT\s+READY\s+BORN\ng\s+3\s+\d+s\n$", result.Output);
    }

    public void Dispose() => _folder.Dispose();
}
