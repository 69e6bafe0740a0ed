using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Sympozium.Runner.Tests.Pods;

/// <summary>A streamed chat completion.</summary>
internal sealed class ModelAnswer
{
    private readonly List<JsonObject> _chunks = [];

    public static ModelAnswer Text(params string[] pieces)
    {
        var answer = new ModelAnswer();
        foreach (string piece in pieces)
        {
            answer._chunks.Add(Chunk(new JsonObject { ["content"] = piece }));
        }

        return answer;
    }

    public ModelAnswer Call(string id, string tool, JsonObject arguments)
    {
        // In three pieces, as providers send it.
        int index = _chunks.Count(chunk => chunk["choices"]![0]!["delta"]!["tool_calls"]?[0]?["id"] is not null);
        string text = arguments.ToJsonString();
        _chunks.Add(ToolChunk(new JsonObject { ["index"] = index, ["id"] = id, ["type"] = "function", ["function"] = new JsonObject { ["name"] = tool, ["arguments"] = "" } }));
        _chunks.Add(ToolChunk(new JsonObject { ["index"] = index, ["function"] = new JsonObject { ["arguments"] = text[..(text.Length / 2)] } }));
        _chunks.Add(ToolChunk(new JsonObject { ["index"] = index, ["function"] = new JsonObject { ["arguments"] = text[(text.Length / 2)..] } }));
        return this;
    }

    public ModelAnswer Command(string id, string command, int timeout = 30) =>
        Call(id, "execute_command", new JsonObject { ["command"] = command, ["timeout"] = timeout });

    /// <summary>Writes it; given <paramref name="breakOff"/>, awaits that and cuts the connection before its end.</summary>
    public async Task WriteAsync(HttpContext context, Func<Task>? breakOff = null)
    {
        context.Response.ContentType = "text/event-stream";
        foreach (JsonObject chunk in _chunks)
        {
            await EventAsync(context, chunk.ToJsonString());
        }

        if (breakOff is not null)
        {
            await breakOff();
            context.Abort();
            return;
        }

        JsonObject last = Chunk([]);
        last["choices"]![0]!["finish_reason"] = "stop";
        await EventAsync(context, last.ToJsonString());
        await EventAsync(context, """{"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":4,"total_tokens":14}}""");
        await EventAsync(context, "[DONE]");
    }

    public static async Task ErrorAsync(HttpContext context, int status, string message, string? code = null)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        var error = new JsonObject { ["message"] = message, ["type"] = "error", ["param"] = null, ["code"] = code };
        await context.Response.WriteAsync(new JsonObject { ["error"] = error }.ToJsonString());
    }

    private static async Task EventAsync(HttpContext context, string data)
    {
        await context.Response.WriteAsync($"data: {data}\n\n");
        await context.Response.Body.FlushAsync();
    }

    private static JsonObject ToolChunk(JsonObject call) => Chunk(new JsonObject { ["tool_calls"] = new JsonArray(call) });

    private static JsonObject Chunk(JsonObject delta) => new()
    {
        ["object"] = "chat.completion.chunk",
        ["choices"] = new JsonArray(new JsonObject { ["index"] = 0, ["delta"] = delta, ["finish_reason"] = null }),
    };
}
