using Sympozium.Runner.Tools;

namespace Sympozium.Runner.Tests.Tools;

/// <summary>The table of the tool policy.</summary>
public sealed class ToolPolicyTests
{
    [Theory]
    [InlineData(null, null, null, null, "read_file", nameof(ToolAction.Allow))]
    [InlineData("", "", "", "", "read_file", nameof(ToolAction.Allow))]
    [InlineData(null, "read_file", null, null, "read_file", nameof(ToolAction.Deny))]
    [InlineData(null, "read_file", null, null, "write_file", nameof(ToolAction.Allow))]
    [InlineData("read_file", null, null, null, "read_file", nameof(ToolAction.Allow))]
    [InlineData("read_file", null, null, null, "write_file", nameof(ToolAction.Deny))]
    [InlineData("read_file", "read_file", null, null, "read_file", nameof(ToolAction.Deny))]
    [InlineData(" read_file , ,write_file ", null, null, null, "write_file", nameof(ToolAction.Allow))]
    [InlineData(" , ", null, null, null, "read_file", nameof(ToolAction.Allow))]
    [InlineData(null, null, "fetch_url", null, "fetch_url", nameof(ToolAction.Ask))]
    [InlineData("fetch_url", null, "fetch_url", null, "fetch_url", nameof(ToolAction.Ask))]
    [InlineData(null, "fetch_url", "fetch_url", null, "fetch_url", nameof(ToolAction.Deny))]
    [InlineData(null, null, null, "deny", "read_file", nameof(ToolAction.Deny))]
    [InlineData("read_file", null, null, "deny", "read_file", nameof(ToolAction.Allow))]
    [InlineData(null, null, null, "ask", "read_file", nameof(ToolAction.Ask))]
    [InlineData(null, null, null, "Allow", "read_file", nameof(ToolAction.Allow))]
    [InlineData(null, null, null, "dney", "read_file", nameof(ToolAction.Deny))]
    public void Policy_Lists_Decide(string? allow, string? deny, string? ask, string? fallback, string tool, string expected) =>
        Assert.Equal(expected, new ToolPolicy(allow, deny, ask, fallback).Decide(tool).ToString());
}
