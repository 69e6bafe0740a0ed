using System.Text.Encodings.Web;
using System.Text.Json;

namespace Sympozium.LocalCluster.Kinds;

/// <summary>How this server writes JSON: nothing escaped that JSON does not demand, as Go clients expect to read in messages.</summary>
internal static class JsonText
{
    public static readonly JsonSerializerOptions Relaxed = Make();

    private static JsonSerializerOptions Make()
    {
        JsonSerializerOptions options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        options.TypeInfoResolver = System.Text.Json.Serialization.Metadata.JsonTypeInfoResolver.Combine();
        options.MakeReadOnly();
        return options;
    }
}
