using Sympozium.Abstractions.Ipc;
using Sympozium.Runner.Json;
using Sympozium.Runner.Lifetime;
using Sympozium.Runner.Posix;

namespace Sympozium.Runner.Agent;

/// <summary>Writes what the agent says of itself: status.json, result.json and the result line in its log.</summary>
internal sealed class OutputFiles(AgentOptions options)
{
    private readonly string _directory = $"{options.IpcRoot}/{IpcPaths.Output}";
    private readonly Lock _lock = new();

    /// <summary>Writes the present state.</summary>
    public void Status(AgentStatusUpdate update)
    {
        var json = new JsonText(128);
        json.Raw("{\"state\":"u8).String(update.State).Raw(",\"round\":"u8).Number(update.Round);
        if (update.Tool is not null)
        {
            json.Raw(",\"tool\":"u8).String(update.Tool);
        }

        lock (_lock)
        {
            TryWrite("status.json", json.Raw("}"u8).Written);
        }
    }

    /// <summary>Writes the result file and then the result line. Each stands for the other when one cannot be written.</summary>
    public void Result(AgentResult result)
    {
        byte[] json = Json(result);
        TryWrite("result.json", json);
        Mark(json);
    }

    /// <summary>Prints the result line again for a result that stands already; returns the exit code that belongs to it.</summary>
    public static int Repeat(byte[] earlier)
    {
        Mark(earlier);
        var cursor = new JsonCursor(earlier);
        cursor.Enter(JsonKind.Object);
        while (cursor.NextProperty(out ReadOnlySpan<byte> name))
        {
            if (name.SequenceEqual("status"u8))
            {
                return cursor.String() == AgentResultStatus.Success ? ExitCodes.Success : ExitCodes.Failed;
            }

            cursor.Skip();
        }

        return ExitCodes.Failed;
    }

    /// <summary>The result that an earlier process of this pod wrote; null when there is none.</summary>
    public byte[]? EarlierResult()
    {
        byte[]? json = PosixFile.ReadAll($"{_directory}/result.json", options.MaxInputBytes);
        return json is not null && JsonCursor.Check(json) == JsonKind.Object ? json : null;
    }

    /// <summary>JSON of a result, as <see cref="IpcJson"/> would write it.</summary>
    public static byte[] Json(AgentResult result)
    {
        var json = new JsonText(256 + (result.Response?.Length ?? 0));
        json.Raw("{\"status\":"u8).String(result.Status);
        Optional(json, ",\"response\":"u8, result.Response);
        Optional(json, ",\"error\":"u8, result.Error);
        Optional(json, ",\"reason\":"u8, result.Reason);
        if (result.Metrics is { } metrics)
        {
            json.Raw(",\"metrics\":{\"durationMs\":"u8).Number(metrics.DurationMs)
                .Raw(",\"inputTokens\":"u8).Number(metrics.InputTokens)
                .Raw(",\"outputTokens\":"u8).Number(metrics.OutputTokens)
                .Raw(",\"toolCalls\":"u8).Number(metrics.ToolCalls).Raw("}"u8);
        }

        return json.Raw("}"u8).ToArray();
    }

    private static void Mark(byte[] json) => RunnerLog.Plain(new JsonText(json.Length + 64)
        .Raw("\n"u8).Raw(Bytes(IpcPaths.ResultMarkerStart)).Raw(json).Raw(Bytes(IpcPaths.ResultMarkerEnd)).Raw("\n"u8).Written);

    private static void Optional(JsonText json, ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
        {
            json.Raw(name).String(value);
        }
    }

    private static byte[] Bytes(string text) => System.Text.Encoding.UTF8.GetBytes(text);

    private void TryWrite(string name, ReadOnlySpan<byte> content)
    {
        try
        {
            PosixFile.WriteAtomic(_directory, name, content);
        }
        catch (IOException e)
        {
            RunnerLog.Error($"The file '{name}' cannot be written: {e.Message}");
        }
    }
}
