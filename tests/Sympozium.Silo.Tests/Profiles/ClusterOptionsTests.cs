using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Manifests;
using Sympozium.Silo.Cluster;
using Sympozium.Testing;

namespace Sympozium.Silo.Tests.Profiles;

/// <summary>The command line of silos and gateways beside a cluster.</summary>
public sealed class ClusterOptionsTests
{
    [Fact]
    public void Cluster_Options_BecomeSettings()
    {
        ClusterOptions options = ClusterOptions.Parse(
            ["--profile", "cluster", "--database-file", "/run/database", "--nats-url", "nats://a:4222,nats://b:4222", "--silo-port", "12000", "--installation", "one"]);

        Assert.Equal("cluster", options.Profile);
        Assert.Equal("/run/database", options.Settings["Sympozium:Grains:DatabaseFile"]);
        Assert.Equal("nats://a:4222,nats://b:4222", options.Settings["Sympozium:Nats:Url"]);
        Assert.Equal("12000", options.Settings["Sympozium:Grains:SiloPort"]);
        Assert.Equal("one", options.Settings["Sympozium:Grains:Installation"]);
    }

    [Theory]
    [InlineData("The option '--nats-url' is for silos and gateways that are processes of their own; give '--profile cluster' too.", "--nats-url", "nats://a")]
    [InlineData("The option '--token-file' is for silos and gateways that are processes of their own; give '--profile cluster' too.", "--token-file", "t")]
    [InlineData("there are 'small' and 'cluster'", "--profile", "huge")]
    [InlineData("The option '--silo-prot' is unknown; there are --profile", "--silo-prot", "1")]
    [InlineData("The option '--profile' needs a value.", "--profile")]
    public void WrongLine_SaysWhatAndHow(string message, params string[] args) =>
        Assert.Contains(message, Assert.Throws<FormatException>(() => ClusterOptions.Parse(args)).Message, StringComparison.Ordinal);

    [Fact]
    public void Password_InAnArgument_IsRefusedWithoutRepeatingIt()
    {
        FormatException wrong = Assert.Throws<FormatException>(() => ClusterOptions.Parse(["--profile", "cluster", "--nats-url", "nats://me:hunter2@a:4222"]));

        Assert.Contains("Sympozium__Nats__PasswordFile", wrong.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", wrong.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("silo")]
    [InlineData("gateway")]
    public void Manifests_HaveArgumentsThatAreUnderstood(string name)
    {
        string file = Path.Combine(RepositoryRoot.Path, "k8s", "cluster", name + ".yaml");
        JsonNode deployment = YamlReader.ReadAll(File.ReadAllText(file), file).Select(document => document.Root!).Single(root => (string?)root["kind"] == "Deployment");
        string[] args = [.. deployment["spec"]!["template"]!["spec"]!["containers"]![0]!["args"]!.AsArray().Select(arg => (string)arg!)];

        ClusterOptions options = ClusterOptions.Parse(name == "silo" ? args[1..] : ["--profile", "cluster", .. args]);

        Assert.Equal("cluster", options.Profile);
        Assert.StartsWith("/run/secrets/sympozium-database/", options.Settings["Sympozium:Grains:DatabaseFile"], StringComparison.Ordinal);
    }
}
