using Sympozium.Runner.Json;

namespace Sympozium.Runner.Agent;

/// <summary>The messages of the run so far, each kept as the JSON that goes out with every request.</summary>
internal sealed class Conversation
{
    private readonly List<byte[]> _messages = [];

    /// <summary>Starts with what the run was given.</summary>
    public Conversation(AgentInput input, string systemPrompt)
    {
        if (systemPrompt.Length > 0)
        {
            _messages.Add(Message("system", systemPrompt));
        }

        if (input.Messages is null)
        {
            _messages.Add(Message("user", input.Task));
            return;
        }

        var cursor = new JsonCursor(input.Messages);
        cursor.Enter(JsonKind.Array);
        while (cursor.NextItem())
        {
            _messages.Add(cursor.Skip().ToArray());
        }
    }

    /// <summary>Adds a message that is JSON already.</summary>
    public void Add(byte[] message) => _messages.Add(message);

    /// <summary>The model's answer as a message. Arguments that are not an object become an empty one, because providers refuse such a history.</summary>
    public static byte[] Assistant(ModelTurn turn)
    {
        var json = new JsonText();
        json.Raw("{\"role\":\"assistant\",\"content\":"u8).String(turn.Text.Length > 0 ? turn.Text : null);
        if (turn.ToolCalls.Count > 0)
        {
            json.Raw(",\"tool_calls\":["u8);
            for (int i = 0; i < turn.ToolCalls.Count; i++)
            {
                ToolCall call = turn.ToolCalls[i];
                json.Raw(i == 0 ? "{\"id\":"u8 : ",{\"id\":"u8).String(call.Id);
                json.Raw(",\"type\":\"function\",\"function\":{\"name\":"u8).String(call.Name);
                bool isObject = JsonCursor.Check(System.Text.Encoding.UTF8.GetBytes(call.Arguments)) == JsonKind.Object;
                json.Raw(",\"arguments\":"u8).String(isObject ? call.Arguments : "{}").Raw("}}"u8);
            }

            json.Raw("]"u8);
        }

        return json.Raw("}"u8).ToArray();
    }

    /// <summary>The result of a tool call as a message.</summary>
    public static byte[] ToolResult(ToolCall call, string content) => new JsonText()
        .Raw("{\"role\":\"tool\",\"tool_call_id\":"u8).String(call.Id)
        .Raw(",\"content\":"u8).String(content).Raw("}"u8).ToArray();

    /// <summary>Body of the next request.</summary>
    /// <param name="model">Name of the model.</param>
    /// <param name="tools">JSON array of tool definitions; empty when there are none.</param>
    public byte[] Request(string model, ReadOnlySpan<byte> tools)
    {
        var json = new JsonText(4096);
        json.Raw("{\"model\":"u8).String(model).Raw(",\"stream\":true,\"stream_options\":{\"include_usage\":true}"u8);
        if (!tools.IsEmpty)
        {
            json.Raw(",\"tools\":"u8).Raw(tools);
        }

        json.Raw(",\"messages\":["u8);
        for (int i = 0; i < _messages.Count; i++)
        {
            json.Raw(i == 0 ? ""u8 : ","u8).Raw(_messages[i]);
        }

        return json.Raw("]}"u8).ToArray();
    }

    private static byte[] Message(string role, string content) => new JsonText(content.Length + 64)
        .Raw("{\"role\":"u8).String(role).Raw(",\"content\":"u8).String(content).Raw("}"u8).ToArray();
}
