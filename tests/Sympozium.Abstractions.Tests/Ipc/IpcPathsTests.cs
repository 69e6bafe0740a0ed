using Sympozium.Abstractions.Ipc;

namespace Sympozium.Abstractions.Tests.Ipc;

public sealed class IpcPathsTests
{
    [Theory]
    [InlineData("run-1")]
    [InlineData("a")]
    [InlineData("A_b.c-9")]
    [InlineData("with space")]
    [InlineData("ünïcode")]
    public void Id_OfOneName_IsSafe(string id) => Assert.True(IpcPaths.IsSafeId(id));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a..b")]
    [InlineData("../x")]
    [InlineData("a/b")]
    [InlineData("/a")]
    [InlineData("a\\b")]
    [InlineData("a\0b")]
    [InlineData("a\nb")]
    [InlineData("\u007f")]
    public void Id_ThatCouldLeaveItsFolder_IsRefused(string? id) => Assert.False(IpcPaths.IsSafeId(id));

    [Fact]
    public void Id_LongerThanAFileName_IsRefused()
    {
        Assert.True(IpcPaths.IsSafeId(new string('a', IpcPaths.MaxIdLength)));
        Assert.False(IpcPaths.IsSafeId(new string('a', IpcPaths.MaxIdLength + 1)));
    }
}
