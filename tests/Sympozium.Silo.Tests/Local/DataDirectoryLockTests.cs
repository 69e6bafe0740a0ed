using Sympozium.Silo.Local;
using Sympozium.Testing;

namespace Sympozium.Silo.Tests.Local;

public sealed class DataDirectoryLockTests
{
    [Fact]
    public void Take_WhileAnotherHoldsIt_IsRefusedAndPossibleAfterwards()
    {
        using var directory = new TemporaryDirectory();
        using (DataDirectoryLock.Take(directory["data"]))
        {
            var refused = Assert.Throws<DataDirectoryInUseException>(() => DataDirectoryLock.Take(directory["data"]));
            Assert.Contains(directory["data"], refused.Message, StringComparison.Ordinal);
        }

        using DataDirectoryLock again = DataDirectoryLock.Take(directory["data"]);
    }

    [Fact]
    public void Take_OfANewDirectory_KeepsOthersOut()
    {
        using var directory = new TemporaryDirectory();

        using DataDirectoryLock held = DataDirectoryLock.Take(directory["data"]);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(directory["data"]));
    }
}
