using Sympozium.Silo.Local;

namespace Sympozium.Silo.Tests.Local;

public sealed class LocalOptionsTests
{
    [Fact]
    public void DataDirectory_TooLongForASocket_IsRefusedWithItsLength()
    {
        string path = "/" + new string('d', 100);

        FormatException e = Assert.Throws<FormatException>(() => LocalOptions.Parse(["--data", path]));

        Assert.Contains($"'{path}' has too long a path", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DataDirectory_OfAllowedLength_IsTaken() => Assert.Equal("/" + new string('d', 80), LocalOptions.Parse(["--data", "/" + new string('d', 80)]).DataDirectory);
}
