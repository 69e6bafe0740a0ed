using System.Text.Json.Nodes;
using Sympozium.Abstractions.Policies;
using Sympozium.Runner.Agent;
using Sympozium.Runner.Http;
using Sympozium.Runner.Lifetime;
using Sympozium.Runner.Tests.Pods;
using Sympozium.Runner.Tools;

namespace Sympozium.Runner.Tests.Tools;

/// <summary>The built-in tools over a pod's directories.</summary>
internal sealed class ToolFixture : IDisposable
{
    private readonly ToolCatalog _catalog;

    public ToolFixture(ToolGate? gate = null)
    {
        Options = new AgentOptions
        {
            RunId = TestPod.RunName,
            RunIdentity = TestPod.RunName,
            IpcRoot = Pod.Ipc,
            WorkspaceRoot = Pod.Workspace,
            SkillsRoot = Path.Combine(Pod.Root, "skills"),
            Broker = new HttpTarget(),
        };
        _catalog = new ToolCatalog(BuiltInTools.Create(Options, Lifetime), gate ?? ToolGate.Open);
    }

    public TestPod Pod { get; } = new();

    public ProcessLifetime Lifetime { get; } = new(TimeProvider.System);

    public AgentOptions Options { get; }

    public ToolResult Call(string tool, JsonObject arguments) => Call(tool, arguments.ToJsonString());

    public ToolResult Call(string tool, string arguments) => _catalog.Execute(new ToolCall("c1", tool, arguments));

    public string PathOf(string name) => Path.Combine(Pod.Workspace, name);

    public void Dispose()
    {
        Lifetime.Dispose();
        Pod.Dispose();
    }
}
