using System.Text.Json;
using System.Text.Json.Nodes;
using Sympozium.Abstractions.Ipc;

namespace Sympozium.Runner.Tests.Pods;

/// <summary>The volumes and the environment of one agent pod, in a temporary directory.</summary>
internal sealed class TestPod : IDisposable
{
    public const string RunName = "demo-run";
    public const string Token = "run-token-that-nobody-else-may-see";

    public TestPod(string task = "say hello")
    {
        Root = Path.Combine(Path.GetTempPath(), $"sympozium-runner-{Guid.NewGuid():N}"[..34]);
        foreach (string folder in new[] { "input", "workspace", "skills" })
        {
            Directory.CreateDirectory(Path.Combine(Root, folder));
        }

        File.WriteAllText(Path.Combine(Root, "input", "task"), task);
        Environment = new Dictionary<string, string>
        {
            [PodEnvironment.RunId] = RunName,
            [PodEnvironment.Namespace] = "default",
            [PodEnvironment.Instance] = "demo",
            [PodEnvironment.InputDirectory] = Path.Combine(Root, "input"),
            [PodEnvironment.IpcRoot] = Ipc,
            [PodEnvironment.WorkspaceRoot] = Workspace,
            [PodEnvironment.SkillsRoot] = Path.Combine(Root, "skills"),
            [PodEnvironment.OpenAiApiKey] = Token,
            [PodEnvironment.OpenAiBaseUrl] = "http://gateway/broker/v1",
            [PodEnvironment.GatewaySocket] = Socket,
            [PodEnvironment.EventBusUrl] = $"unix://{Socket}",
            [PodEnvironment.ModelName] = "scripted",
        };
    }

    public string Root { get; }

    public string Ipc => Path.Combine(Root, "ipc");

    public string Workspace => Path.Combine(Root, "workspace");

    public string Output => Path.Combine(Ipc, IpcPaths.Output);

    public string Socket => Path.Combine(Root, "gateway.sock");

    public Dictionary<string, string> Environment { get; }

    public RunnerProcess Start(string verb) => RunnerProcess.Start(verb, Environment);

    public void Input(string name, string content) => File.WriteAllText(Path.Combine(Root, "input", name), content);

    public AgentResult Result() => JsonSerializer.Deserialize(File.ReadAllText(Path.Combine(Output, "result.json")), IpcJson.Default.AgentResult)!;

    /// <summary>All chunks, in the order of their files.</summary>
    public IReadOnlyList<StreamChunk> Stream() =>
    [
        .. Directory.GetFiles(Output, "stream-*.json").Order(StringComparer.Ordinal)
            .SelectMany(path => JsonSerializer.Deserialize(File.ReadAllText(path), IpcJson.Default.StreamChunkArray)!),
    ];

    /// <summary>Writes a file as a container does: under another name, then renamed.</summary>
    public void Write(string folder, string name, JsonNode content) => Write(folder, name, content.ToJsonString());

    public void Write(string folder, string name, string content)
    {
        string directory = Path.Combine(Ipc, folder);
        Directory.CreateDirectory(directory);
        string temporary = Path.Combine(directory, $".{name}.tmp");
        File.WriteAllText(temporary, content);
        File.Move(temporary, Path.Combine(directory, name), overwrite: true);
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
