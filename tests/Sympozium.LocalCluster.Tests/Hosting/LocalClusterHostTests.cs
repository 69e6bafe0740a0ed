using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Hosting;
using Sympozium.LocalCluster.Store;
using Sympozium.Testing;

namespace Sympozium.LocalCluster.Tests.Hosting;

public sealed class LocalClusterHostTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Start_Again_KeepsObjectsTokenAndAuthority()
    {
        string authority;
        string token;
        await using (LocalClusterHost first = await StartAsync())
        {
            await first.Client.CreateAsync(CoreTypes.ConfigMaps, Resources.ConfigMap("default", "a"), CancellationToken.None);
            authority = await File.ReadAllTextAsync(_folder[Path.Combine("pki", "ca.crt")]);
            token = await File.ReadAllTextAsync(first.TokenPath);
        }

        await using LocalClusterHost second = await StartAsync();
        Assert.NotNull(await second.Client.GetAsync(CoreTypes.ConfigMaps, "default", "a", CancellationToken.None));
        Assert.Equal(authority, await File.ReadAllTextAsync(_folder[Path.Combine("pki", "ca.crt")]));
        Assert.Equal(token, await File.ReadAllTextAsync(second.TokenPath));
    }

    [Fact]
    public async Task Start_WithANewerDefinition_UpdatesItAndKeepsItsObjects()
    {
        await using (LocalClusterHost first = await StartAsync(ClusterFixture.WidgetDefinition))
        {
            await first.Client.CreateAsync(ClusterFixture.Widgets, Resources.Widget("default", "w"), CancellationToken.None);
        }

        string newer = ClusterFixture.WidgetDefinition.Replace("[red, green]", "[red, green, blue]", StringComparison.Ordinal);
        await using LocalClusterHost second = await StartAsync(newer);
        Patch blue = new(PatchType.Merge, new JsonObject { ["spec"] = new JsonObject { ["color"] = "blue" } });
        JsonObject patched = await second.Client.PatchAsync(ClusterFixture.Widgets, "default", "w", blue, null, CancellationToken.None);
        Assert.Equal("blue", patched["spec"]!["color"]!.GetValue<string>());
    }

    [Fact]
    public async Task Start_Secrets_AreReadableByTheOwnerOnly()
    {
        await using LocalClusterHost cluster = await StartAsync();
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        const UnixFileMode ownerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        foreach (string path in (string[])[cluster.TokenPath, cluster.KubeconfigPath, _folder[Path.Combine("pki", "ca.key")], _folder[Path.Combine("pki", "server.key")]])
        {
            Assert.Equal(ownerOnly, File.GetUnixFileMode(path));
        }
    }

    [Fact]
    public async Task Start_TwiceOnOneDirectory_RefusesTheSecond()
    {
        await using LocalClusterHost cluster = await StartAsync();
        await Assert.ThrowsAsync<StoreOpenException>(() => StartAsync());
    }

    [Fact]
    public async Task Start_PortTaken_FailsAndReleasesTheDirectory()
    {
        using TemporaryDirectory other = new();
        await using LocalClusterHost cluster = await StartAsync();
        int port = new Uri(cluster.Url).Port;
        await Assert.ThrowsAsync<IOException>(() => LocalClusterHost.StartAsync(new LocalClusterOptions { DataDirectory = other.Path, Port = port }));
        await using LocalClusterHost released = await LocalClusterHost.StartAsync(new LocalClusterOptions { DataDirectory = other.Path, Port = 0 });
        Assert.NotEqual(port, new Uri(released.Url).Port);
    }

    private Task<LocalClusterHost> StartAsync(string? definition = null)
    {
        LocalClusterOptions options = new() { DataDirectory = _folder.Path, Port = 0 };
        if (definition is not null)
        {
            options.CustomResourceDefinitions.Add(definition);
        }

        return LocalClusterHost.StartAsync(options);
    }
}
