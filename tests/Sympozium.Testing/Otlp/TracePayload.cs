using System.Text;

namespace Sympozium.Testing.Otlp;

/// <summary>
/// Reads an ExportTraceServiceRequest (https://github.com/open-telemetry/opentelemetry-proto, trace/v1/trace.proto); the numbers below are the
/// fields' there.
/// </summary>
internal static class TracePayload
{
    public static IReadOnlyList<ReceivedSpan> Read(byte[] payload)
    {
        List<ReceivedSpan> spans = [];
        foreach ((int _, byte[] resourceSpans) in ProtobufReader.Messages(payload, 1))
        {
            var resource = new Dictionary<string, object>();
            foreach ((int _, byte[] message) in ProtobufReader.Messages(resourceSpans, 1))
            {
                resource = Attributes(message, 1);
            }

            foreach ((int _, byte[] scopeSpans) in ProtobufReader.Messages(resourceSpans, 2))
            {
                string scope = ProtobufReader.Messages(scopeSpans, 1).Select(pair => Text(pair.Value, 1)).FirstOrDefault("");
                spans.AddRange(ProtobufReader.Messages(scopeSpans, 2).Select(pair => Span(pair.Value) with { Scope = scope, Resource = resource }));
            }
        }

        return spans;
    }

    private static ReceivedSpan Span(byte[] message)
    {
        var span = new ReceivedSpan { Attributes = Attributes(message, 9) };
        foreach ((int field, object value) in ProtobufReader.Fields(message))
        {
            span = (field, value) switch
            {
                (1, byte[] bytes) => span with { TraceId = Convert.ToHexStringLower(bytes) },
                (2, byte[] bytes) => span with { SpanId = Convert.ToHexStringLower(bytes) },
                (4, byte[] bytes) => span with { ParentSpanId = Convert.ToHexStringLower(bytes) },
                (5, byte[] bytes) => span with { Name = Encoding.UTF8.GetString(bytes) },
                (7, ulong time) => span with { Start = time },
                (8, ulong time) => span with { End = time },
                (15, byte[] bytes) => span with { Status = (int)ProtobufReader.Fields(bytes).Where(pair => pair.Field == 3).Select(pair => (ulong)pair.Value).FirstOrDefault() },
                _ => span,
            };
        }

        return span;
    }

    private static Dictionary<string, object> Attributes(byte[] message, int field)
    {
        var attributes = new Dictionary<string, object>();
        foreach ((int _, byte[] pair) in ProtobufReader.Messages(message, field))
        {
            attributes[Text(pair, 1)] = ProtobufReader.Messages(pair, 2).SelectMany(any => ProtobufReader.Fields(any.Value)).Select(any => Value(any.Field, any.Value)).FirstOrDefault("");
        }

        return attributes;
    }

    private static object Value(int field, object value) => (field, value) switch
    {
        (1, byte[] bytes) => Encoding.UTF8.GetString(bytes),
        (2, ulong number) => number != 0,
        (3, ulong number) => (long)number,
        (4, ulong number) => BitConverter.UInt64BitsToDouble(number),
        _ => value,
    };

    private static string Text(byte[] message, int field) => ProtobufReader.Messages(message, field).Select(pair => Encoding.UTF8.GetString(pair.Value)).FirstOrDefault("");
}
