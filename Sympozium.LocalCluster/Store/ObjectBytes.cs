using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Store;

/// <summary>
/// An object's bytes before its revision is known: the writer thread puts the digits in at <paramref name="RevisionOffset"/>,
/// so that no document is serialized on that thread.
/// </summary>
public readonly record struct ObjectBytes(byte[] Json, int RevisionOffset)
{
    // Text is stored as it is: nothing here is ever put into HTML, and escapes would triple the size of some languages.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Serializes an object that has apiVersion, kind and metadata; its resourceVersion is ignored.</summary>
    public static ObjectBytes From(JsonObject resource)
    {
        ArrayBufferWriter<byte> buffer = new(1024);
        using Utf8JsonWriter writer = new(buffer, Options);
        writer.WriteStartObject();
        WriteText(writer, resource, "apiVersion");
        WriteText(writer, resource, "kind");
        writer.WritePropertyName("metadata");
        int offset = WriteMetadata(writer, resource["metadata"]!.AsObject());
        foreach ((string name, JsonNode? value) in resource)
        {
            if (name is not ("apiVersion" or "kind" or "metadata"))
            {
                WriteNode(writer, name, value);
            }
        }

        writer.WriteEndObject();
        writer.Flush();
        return new ObjectBytes(buffer.WrittenSpan.ToArray(), offset);
    }

    /// <summary>The bytes with the revision in them.</summary>
    public byte[] Stamp(long revision)
    {
        Span<byte> digits = stackalloc byte[20];
        Encoding.ASCII.TryGetBytes(revision.ToString(CultureInfo.InvariantCulture), digits, out int count);
        byte[] stamped = new byte[Json.Length + count];
        Json.AsSpan(0, RevisionOffset).CopyTo(stamped);
        digits[..count].CopyTo(stamped.AsSpan(RevisionOffset));
        Json.AsSpan(RevisionOffset).CopyTo(stamped.AsSpan(RevisionOffset + count));
        return stamped;
    }

    private static int WriteMetadata(Utf8JsonWriter writer, JsonObject metadata)
    {
        writer.WriteStartObject();
        foreach ((string name, JsonNode? value) in metadata)
        {
            if (name != "resourceVersion")
            {
                WriteNode(writer, name, value);
            }
        }

        writer.WriteString("resourceVersion", "");
        int offset = (int)(writer.BytesCommitted + writer.BytesPending) - 1;
        writer.WriteEndObject();
        return offset;
    }

    private static void WriteText(Utf8JsonWriter writer, JsonObject resource, string name) => writer.WriteString(name, resource[name]!.GetValue<string>());

    private static void WriteNode(Utf8JsonWriter writer, string name, JsonNode? value)
    {
        writer.WritePropertyName(name);
        if (value is null)
        {
            writer.WriteNullValue();
        }
        else
        {
            value.WriteTo(writer);
        }
    }
}
