using Sympozium.Silo.Local;

namespace Sympozium.Silo.Tests.Local;

public sealed class LocalOptionsTests
{
    [Fact]
    public void Parse_EveryOption_IsRead()
    {
        LocalOptions options = LocalOptions.Parse(["--data", "/tmp/x", "--gateway-port", "0", "--kube-port", "65535"]);

        Assert.Equal(new LocalOptions { DataDirectory = "/tmp/x", GatewayPort = 0, KubePort = 65535 }, options);
    }

    [Theory]
    [InlineData("The option '--data DIR' is missing.")]
    [InlineData("The option '--data' needs a value.", "--data")]
    [InlineData("The option '--color' is unknown; there are --data, --gateway-port and --kube-port.", "--color", "red")]
    [InlineData("The option '--kube-port' has the value '65536'; it must be a port from 0 to 65535, where 0 takes a free one.", "--kube-port", "65536")]
    [InlineData("The option '--gateway-port' has the value '-1'; it must be a port from 0 to 65535, where 0 takes a free one.", "--gateway-port", "-1")]
    public void Parse_WrongOption_SaysWhatIsWrong(string message, params string[] arguments) =>
        Assert.Equal(message, Assert.Throws<FormatException>(() => LocalOptions.Parse(arguments)).Message);

    [Fact]
    public void Parse_DataDirectoryTooLongForASocket_IsRefused()
    {
        string path = "/" + new string('d', 100);

        FormatException e = Assert.Throws<FormatException>(() => LocalOptions.Parse(["--data", path]));

        Assert.Contains($"'{path}' has too long a path", e.Message, StringComparison.Ordinal);
    }
}
