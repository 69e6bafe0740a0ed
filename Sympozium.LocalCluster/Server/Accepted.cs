using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Http;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Server.Protobuf;

namespace Sympozium.LocalCluster.Server;

/// <summary>The shape in which a client wants its answer.</summary>
internal enum Shape
{
    Whole,
    Table,
    Metadata,
    MetadataList,
}

/// <summary>How an answer is written.</summary>
internal enum WireFormat
{
    Json,
    Yaml,
    Protobuf,
}

/// <summary>What an Accept header comes down to.</summary>
internal readonly record struct Accepted(Shape Shape, WireFormat Format)
{
    private const string Formats = "application/json, application/yaml, application/vnd.kubernetes.protobuf";

    public bool IsYaml => Format == WireFormat.Yaml;

    /// <summary>The most wanted of the client's wishes that can be met: by quality, then in the order of the header.</summary>
    /// <param name="context">The request.</param>
    /// <param name="kind">What is answered; decides whether there is protobuf.</param>
    /// <exception cref="KubernetesException">406.</exception>
    public static Accepted Read(HttpContext context, KindDefinition? kind = null)
    {
        string header = context.Request.Headers.Accept.ToString();
        if (header.Length == 0)
        {
            return default;
        }

        bool hasShape = false;
        foreach (string[] parts in Ranges(header))
        {
            WireFormat? format = parts[0] switch
            {
                "application/json" or "*/*" or "application/*" or "" => WireFormat.Json,
                "application/yaml" => WireFormat.Yaml,
                ProtobufReply.MediaType when kind is not null && ProtobufReply.CanWrite(kind) => WireFormat.Protobuf,
                _ => null,
            };
            string? shape = Parameter(parts, "as");
            hasShape |= shape is not null;
            if (format is { } chosen && ReadShape(shape, Parameter(parts, "g"), Parameter(parts, "v")) is { } read && (chosen != WireFormat.Protobuf || read == Shape.Whole))
            {
                return new Accepted(read, chosen);
            }
        }

        throw new KubernetesException(
            HttpStatusCode.NotAcceptable, StatusReasons.NotAcceptable,
            hasShape ? $"only the following media types are accepted: {Formats}" : $"406: Not Acceptable\n\nAvailable representations: {Formats}");
    }

    /// <summary>Whether refusals go out as protobuf: the client names nothing else that could be met.</summary>
    public static bool WantsProtobufStatus(HttpContext context)
    {
        string header = context.Request.Headers.Accept.ToString();
        return header.Contains(ProtobufReply.MediaType, StringComparison.Ordinal)
            && Ranges(header).FirstOrDefault(parts => parts[0] is "application/json" or "*/*" or "application/*" or "application/yaml" or ProtobufReply.MediaType)
                is [ProtobufReply.MediaType, ..];
    }

    private static IEnumerable<string[]> Ranges(string header)
    {
        IEnumerable<string[]> ranges = header.Split(',').Select(range => range.Split(';', StringSplitOptions.TrimEntries));
        return header.Contains("q=", StringComparison.Ordinal) ? ranges.OrderByDescending(Quality) : ranges;
    }

    private static double Quality(string[] parts) =>
        Parameter(parts, "q") is { } text && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double quality) ? quality : 1;

    private static Shape? ReadShape(string? shape, string? group, string? version) => (shape, group, version) switch
    {
        (null, _, _) => Shape.Whole,
        ("Table", "meta.k8s.io", "v1" or "v1beta1") => Shape.Table,
        ("PartialObjectMetadata", "meta.k8s.io", "v1" or "v1beta1") => Shape.Metadata,
        ("PartialObjectMetadataList", "meta.k8s.io", "v1" or "v1beta1") => Shape.MetadataList,
        _ => null,
    };

    private static string? Parameter(string[] parts, string name)
    {
        foreach (string part in parts)
        {
            if (part.StartsWith(name + "=", StringComparison.Ordinal))
            {
                return part[(name.Length + 1)..];
            }
        }

        return null;
    }
}
