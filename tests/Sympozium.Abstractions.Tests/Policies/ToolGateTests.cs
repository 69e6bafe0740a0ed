using Sympozium.Abstractions.Policies;
using Sympozium.Abstractions.Resources;

namespace Sympozium.Abstractions.Tests.Policies;

public sealed class ToolGateTests
{
    private static readonly string[] Tools = ["read_file", "write_file", "execute_command", "fetch_url", "mcp_x", "unheard_of"];

    /// <summary>Policy, run's allow list, run's deny list → what is not denied; those that need an approval have a question mark.</summary>
    public static TheoryData<string, string, string, string> Table => new()
    {
        { "-", "", "", "read_file write_file execute_command fetch_url mcp_x unheard_of" },
        { "-", "read_file", "", "read_file" },
        { "-", "read_*", "", "read_file" },
        { "-", "", "fetch_url", "read_file write_file execute_command mcp_x unheard_of" },
        { "-", "read_file fetch_url", "fetch_*", "read_file" },
        { "template=Permissive", "", "", "read_file write_file execute_command fetch_url mcp_x unheard_of" },
        { "template=Default", "", "", "read_file write_file execute_command? fetch_url mcp_x unheard_of" },
        { "template=Default", "read_file", "", "read_file" },
        { "template=Default", "read_file execute_command", "", "read_file execute_command?" },
        { "template=Default", "", "execute_command", "read_file write_file fetch_url mcp_x unheard_of" },
        { "template=Default rule=execute_command:allow", "", "", "read_file write_file execute_command fetch_url mcp_x unheard_of" },
        { "template=Default rule=execute_*:allow", "", "", "read_file write_file execute_command? fetch_url mcp_x unheard_of" },
        { "template=Default ask=fetch_url", "", "", "read_file write_file execute_command? fetch_url? mcp_x unheard_of" },
        { "template=Restrictive", "", "", "" },
        { "template=Restrictive", "read_file", "", "" },
        { "template=Restrictive allow=read_file,fetch_url", "", "", "read_file fetch_url" },
        { "template=Restrictive allow=read_file,fetch_url", "fetch_url write_file", "", "fetch_url" },
        { "template=Restrictive allow=read_file ask=read_file", "", "", "read_file?" },
        { "template=Restrictive allow=read_file,fetch_url", "", "fetch_url", "read_file" },
        { "allow=read_file", "", "", "read_file" },
        { "allow=*_file", "", "", "read_file write_file" },
        { "ask=execute_command", "", "", "read_file write_file execute_command? fetch_url mcp_x unheard_of" },
        { "default=deny rule=read_file:allow rule=write_file:deny", "write_file", "", "" },
        { "default=ask rule=read_file:allow", "read_file fetch_url", "", "read_file fetch_url?" },
        { "template=Restrictive default=allow", "", "", "read_file write_file execute_command fetch_url mcp_x unheard_of" },
        { "rule=*:deny rule=*_file:ask rule=read_file:allow", "", "", "read_file write_file?" },
        { "rule=mcp_*:ask rule=mcp_x:allow", "", "", "read_file write_file execute_command fetch_url mcp_x unheard_of" },
        // Equally precise: the stricter one.
        { "rule=read_*:allow rule=*_file:deny", "", "", "execute_command fetch_url mcp_x unheard_of" },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public void Gate_OfPolicyAndRun_IsAsTheTableSays(string policy, string allow, string deny, string expected)
    {
        ToolGate gate = Gate(policy).Narrow(new ToolPolicySpec { Allow = Words(allow), Deny = Words(deny) });
        Assert.Equal(expected, Show(gate));
        Assert.Equal(expected, Show(ToolGate.Read(gate.Write())));
    }

    [Theory]
    [InlineData("execute_command,read_file")]
    [InlineData(" execute_command")]
    [InlineData("execute_command ")]
    [InlineData("x, execute_command")]
    public void Run_WithAnOddlyWrittenName_DoesNotAvoidApproval(string name) =>
        Assert.Equal(ToolAction.Ask, Gate("ask=execute_command").Narrow(new ToolPolicySpec { Allow = [name] }).Decide("execute_command").Action);

    [Theory]
    [InlineData("*", "", true)]
    [InlineData("*", "anything", true)]
    [InlineData("", "", true)]
    [InlineData("", "x", false)]
    [InlineData("a*", "a", true)]
    [InlineData("a*c", "abbc", true)]
    [InlineData("a*c", "abcb", false)]
    [InlineData("*a*b*", "xaxbx", true)]
    [InlineData("*a*b*", "xbxax", false)]
    [InlineData("a**b", "ab", true)]
    [InlineData("A", "a", false)]
    public void Pattern_WithStars_MatchesTheWholeName(string pattern, string name, bool expected) => Assert.Equal(expected, NamePattern.Matches(pattern, name));

    [Fact]
    public void Pattern_MadeToBeSlow_IsNot() =>
        Assert.False(NamePattern.Matches(string.Concat(Enumerable.Repeat("*a", 2000)) + "b", new string('a', 20_000)));

    [Theory]
    [InlineData("{}")]
    [InlineData("[{}]")]
    [InlineData("[{\"by\":1,\"default\":\"deny\",\"rule\":\"x\",\"rules\":[]}]")]
    [InlineData("[")]
    public void Gate_ThatCannotBeRead_IsAnErrorAndNotOpen(string text) => Assert.Throws<FormatException>(() => ToolGate.Read(text));

    [Fact]
    public void Gate_WithAMisspeltWord_Denies() =>
        Assert.Equal(ToolAction.Deny, ToolGate.Read("""[{"by":"x","default":"alow","rule":"y","rules":[]}]""").Decide("read_file").Action);

    private static string Show(ToolGate gate) => string.Join(' ', Tools.Select(tool => (tool, gate.Decide(tool).Action)).Where(pair => pair.Action != ToolAction.Deny)
        .Select(pair => pair.Action == ToolAction.Ask ? pair.tool + "?" : pair.tool));

    private static ToolGate Gate(string text)
    {
        if (text == "-")
        {
            return ToolGate.Open;
        }

        (string Key, string Value)[] parts = [.. text.Split(' ').Select(part => part.Split('=')).Select(pair => (pair[0], pair[1]))];
        string? One(string key) => parts.Where(part => part.Key == key).Select(part => part.Value).FirstOrDefault();
        var policy = new PolicySpec
        {
            Template = One("template"),
            AllowedTools = One("allow")?.Split(','),
            RequireApproval = One("ask")?.Split(','),
            ToolGating = new ToolGatingSpec
            {
                DefaultAction = One("default"),
                Rules = [.. parts.Where(part => part.Key == "rule").Select(part => part.Value.Split(':')).Select(rule => new ToolRuleSpec { Tool = rule[0], Action = rule[1] })],
            },
        };
        return PolicyRules.Of(policy, new PolicySource(PolicyOrigin.Instance, new ResourceKey("team", "rules"))).Tools;
    }

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
