using Sympozium.Abstractions.Resources;
using Sympozium.Grains.Policies;

namespace Sympozium.Grains.Tests.Policies;

public sealed class ToolGateTests
{
    private static readonly string[] Tools = ["read_file", "write_file", "execute_command", "fetch_url", "mcp_x"];

    /// <summary>Policy, run's allow list, run's deny list → allow | deny | ask | default. Lists are separated by spaces; "-" is an absent policy.</summary>
    public static TheoryData<string, string, string, string> Table => new()
    {
        { "-", "", "", "|||allow" },
        { "-", "read_file", "", "read_file|||deny" },
        { "-", "", "fetch_url", "|fetch_url||allow" },
        { "-", "read_file fetch_url", "fetch_url", "read_file|fetch_url||deny" },
        { "template=Permissive", "", "", "|||allow" },
        { "template=Default", "", "", "||execute_command|allow" },
        { "template=Default", "read_file", "", "read_file|||deny" },
        { "template=Default", "read_file execute_command", "", "read_file||execute_command|deny" },
        { "template=Default", "", "execute_command", "|execute_command||allow" },
        { "template=Default rule=execute_command:allow", "", "", "|||allow" },
        { "template=Default ask=fetch_url", "", "", "||execute_command fetch_url|allow" },
        { "template=Restrictive", "", "", "|||deny" },
        { "template=Restrictive", "read_file", "", "|||deny" },
        { "template=Restrictive allow=read_file,fetch_url", "", "", "fetch_url read_file|||deny" },
        { "template=Restrictive allow=read_file,fetch_url", "fetch_url write_file", "", "fetch_url|||deny" },
        { "template=Restrictive allow=read_file ask=read_file", "", "", "||read_file|deny" },
        { "template=Restrictive allow=read_file,fetch_url", "", "fetch_url", "read_file|fetch_url||deny" },
        { "allow=read_file", "", "", "read_file|||deny" },
        { "ask=execute_command", "", "", "||execute_command|allow" },
        { "default=deny rule=read_file:allow rule=write_file:deny", "", "", "read_file|write_file||deny" },
        { "default=deny rule=read_file:allow rule=write_file:deny", "write_file", "", "|write_file||deny" },
        { "default=ask rule=read_file:allow", "", "", "read_file|||ask" },
        { "default=ask rule=read_file:allow", "read_file fetch_url", "", "read_file||fetch_url|deny" },
        { "default=allow rule=execute_command:ask", "execute_command", "", "||execute_command|deny" },
        { "template=Restrictive default=allow", "", "", "|||allow" },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public void Gate_OfPolicyAndRun_IsAsTheTableSays(string policy, string allow, string deny, string expected)
    {
        ToolGate gate = ToolGate.Combine(Policy(policy), new ToolPolicySpec { Allow = Words(allow), Deny = Words(deny) });
        Assert.Equal(expected, $"{string.Join(' ', gate.Allow)}|{string.Join(' ', gate.Deny)}|{string.Join(' ', gate.Ask)}|{gate.Default}");
    }

    [Theory]
    [InlineData("execute_command,read_file")]
    [InlineData(" execute_command")]
    [InlineData("execute_command ")]
    [InlineData("x, execute_command")]
    public void Run_WithAnOddlyWrittenName_DoesNotAvoidApproval(string name)
    {
        ToolGate gate = ToolGate.Combine(Policy("ask=execute_command"), new ToolPolicySpec { Allow = [name] });
        Assert.Contains("execute_command", gate.Ask);
        Assert.DoesNotContain("execute_command", string.Join(',', gate.Allow).Split(','));
    }

    [Fact]
    public void Run_WhateverItLists_NeverMayMoreThanItsPolicy()
    {
        var random = new Random(17);
        for (int round = 0; round < 5000; round++)
        {
            PolicySpec policy = RandomPolicy(random);
            ToolGate limit = ToolGate.Combine(policy, null);
            ToolGate gate = ToolGate.Combine(policy, new ToolPolicySpec { Allow = Pick(random), Deny = Pick(random) });
            foreach (string tool in Tools.Append("unheard_of"))
            {
                Assert.True(Freedom(gate, tool) <= Freedom(limit, tool), $"round {round}, tool {tool}: {limit} became {gate}");
            }
        }
    }

    /// <summary>What the agent does with the lists: deny, then ask, then allow, then the default.</summary>
    private static int Freedom(ToolGate gate, string tool)
    {
        string action = gate.Deny.Contains(tool) ? "deny" : gate.Ask.Contains(tool) ? "ask" : gate.Allow.Contains(tool) ? "allow" : gate.Default;
        return action switch { "deny" => 0, "ask" => 1, _ => 2 };
    }

    private static PolicySpec RandomPolicy(Random random)
    {
        string?[] templates = [null, "Permissive", "Default", "Restrictive"];
        string?[] actions = [null, "allow", "deny", "ask"];
        return new PolicySpec
        {
            Template = templates[random.Next(4)],
            AllowedTools = Pick(random),
            RequireApproval = Pick(random),
            ToolGating = new ToolGatingSpec
            {
                DefaultAction = actions[random.Next(4)],
                Rules = [.. Pick(random).Select(tool => new ToolRuleSpec { Tool = tool, Action = actions[random.Next(1, 4)]! })],
            },
        };
    }

    private static string[] Pick(Random random) => [.. Tools.Where(_ => random.Next(3) == 0)];

    private static PolicySpec? Policy(string text)
    {
        if (text == "-")
        {
            return null;
        }

        (string Key, string Value)[] parts = [.. text.Split(' ').Select(part => part.Split('=')).Select(pair => (pair[0], pair[1]))];
        string? One(string key) => parts.Where(part => part.Key == key).Select(part => part.Value).FirstOrDefault();
        return new PolicySpec
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
    }

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
