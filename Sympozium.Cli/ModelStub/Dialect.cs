using System.Buffers;
using System.Text.Json;

namespace Sympozium.Cli.ModelStub;

/// <summary>How one vendor's API writes an answer. One instance serves one answer.</summary>
internal abstract class Dialect
{
    /// <summary>Opens a stream.</summary>
    public abstract void Begin(IBufferWriter<byte> output, Reply reply);

    /// <summary>Writes one piece of a stream.</summary>
    public abstract void Write(IBufferWriter<byte> output, Reply reply, Piece piece);

    /// <summary>Closes a stream.</summary>
    public abstract void End(IBufferWriter<byte> output, Reply reply);

    /// <summary>Writes the whole answer as one JSON object.</summary>
    public abstract void WriteWhole(Utf8JsonWriter json, Reply reply);

    /// <summary>Writes the body of an error.</summary>
    public abstract void WriteError(Utf8JsonWriter json, int status, string? code, string message);

    /// <summary>Writes one server-sent event.</summary>
    protected static void Event(IBufferWriter<byte> output, string? name, Action<Utf8JsonWriter> write)
    {
        if (name is not null)
        {
            output.Write("event: "u8);
            output.Write(System.Text.Encoding.UTF8.GetBytes(name));
            output.Write("\n"u8);
        }

        output.Write("data: "u8);
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        output.Write("\n\n"u8);
    }
}
