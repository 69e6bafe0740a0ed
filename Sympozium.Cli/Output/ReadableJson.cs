using System.Text.Encodings.Web;
using System.Text.Json;

namespace Sympozium.Cli.Output;

/// <summary>JSON in one line for people: letters of all languages and quotes as they are.</summary>
internal static class ReadableJson
{
    public static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
