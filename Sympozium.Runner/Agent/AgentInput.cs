using System.Text;
using Sympozium.Abstractions.Ipc;
using Sympozium.Runner.Json;
using Sympozium.Runner.Posix;

namespace Sympozium.Runner.Agent;

/// <summary>What the run asks for: the files of its input ConfigMap.</summary>
/// <param name="Task">The task.</param>
/// <param name="SystemPrompt">The instance's system prompt.</param>
/// <param name="Messages">JSON array of chat messages that are the whole conversation; null makes it one user message with the task.</param>
internal sealed record AgentInput(string Task, string SystemPrompt, byte[]? Messages)
{
    /// <summary>Reads the files.</summary>
    /// <exception cref="FormatException">There is no task, or the messages are not a JSON array.</exception>
    public static AgentInput Read(AgentOptions options)
    {
        byte[]? messages = ReadFile(options, "messages");
        string task = Text(ReadFile(options, "task"));
        if (messages is not null && JsonCursor.Check(messages) != JsonKind.Array)
        {
            throw new FormatException("The input file 'messages' is not a JSON array of chat messages.");
        }

        if (messages is null && string.IsNullOrWhiteSpace(task))
        {
            throw new FormatException(
                $"There is no task: '{options.InputDirectory}/task' is missing or empty. Set {PodEnvironment.InputDirectory} to the directory with the run's input.");
        }

        return new AgentInput(task, Text(ReadFile(options, "system-prompt")), messages);
    }

    private static string Text(byte[]? content) => content is null ? "" : Encoding.UTF8.GetString(content);

    private static byte[]? ReadFile(AgentOptions options, string name)
    {
        // Kubernetes projects ConfigMaps as symbolic links.
        byte[]? content = PosixFile.ReadAll($"{options.InputDirectory}/{name}", options.MaxInputBytes, followLinks: true);
        return content is { Length: 0 } ? null : content;
    }
}
