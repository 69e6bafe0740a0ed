using System.Net;
using Microsoft.AspNetCore.Http;
using Sympozium.Kubernetes.Api;

namespace Sympozium.LocalCluster.Server;

/// <summary>The shape in which a client wants its answer.</summary>
internal enum Shape
{
    Whole,
    Table,
    Metadata,
    MetadataList,
}

/// <summary>What an Accept header comes down to.</summary>
internal readonly record struct Accepted(Shape Shape, bool IsYaml)
{
    private const string Formats = "application/json, application/yaml, application/vnd.kubernetes.protobuf";

    /// <summary>The first of the client's wishes that can be met.</summary>
    /// <exception cref="KubernetesException">406.</exception>
    public static Accepted Read(HttpContext context)
    {
        string header = context.Request.Headers.Accept.ToString();
        if (header.Length == 0)
        {
            return default;
        }

        bool hasShape = false;
        foreach (string range in header.Split(','))
        {
            string[] parts = range.Split(';', StringSplitOptions.TrimEntries);
            bool? isYaml = parts[0] switch
            {
                "application/json" or "*/*" or "application/*" or "" => false,
                "application/yaml" => true,
                _ => null,
            };
            string? shape = Parameter(parts, "as");
            hasShape |= shape is not null;
            if (isYaml is { } yaml && ReadShape(shape, Parameter(parts, "g")) is { } read)
            {
                return new Accepted(read, yaml);
            }
        }

        throw new KubernetesException(
            HttpStatusCode.NotAcceptable, StatusReasons.NotAcceptable,
            hasShape ? $"only the following media types are accepted: {Formats}" : $"406: Not Acceptable\n\nAvailable representations: {Formats}");
    }

    private static Shape? ReadShape(string? shape, string? group) => (shape, group) switch
    {
        (null, _) => Shape.Whole,
        ("Table", "meta.k8s.io") => Shape.Table,
        ("PartialObjectMetadata", "meta.k8s.io") => Shape.Metadata,
        ("PartialObjectMetadataList", "meta.k8s.io") => Shape.MetadataList,
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
