namespace Sympozium.Abstractions.Policies;

/// <summary>Names of container images, with what Docker's short names stand for.</summary>
internal static class ImageName
{
    private const string DockerHub = "docker.io";

    /// <summary>Whether an image comes from a registry or repository, by whole path segments: <c>ghcr.io/acme</c> is not the beginning of <c>ghcr.io/acme-x/y</c>.</summary>
    public static bool IsFrom(string registry, string image)
    {
        string start = Full(registry.TrimEnd('/'), isImage: false);
        string name = Full(image, isImage: true);
        return name.StartsWith(start, StringComparison.Ordinal) && (name.Length == start.Length || name[start.Length] is '/' or ':' or '@');
    }

    /// <summary><c>busybox</c> → <c>docker.io/library/busybox</c>, <c>acme/x</c> → <c>docker.io/acme/x</c>.</summary>
    private static string Full(string name, bool isImage)
    {
        int slash = name.IndexOf('/', StringComparison.Ordinal);
        string first = slash < 0 ? name : name[..slash];
        bool hasRegistry = first == "localhost" || (first.AsSpan().IndexOfAny('.', ':') >= 0 && (slash >= 0 || !isImage));
        if (hasRegistry)
        {
            return name.StartsWith("index.docker.io/", StringComparison.Ordinal) ? DockerHub + name["index.docker.io".Length..] : name;
        }

        return slash < 0 && isImage ? $"{DockerHub}/library/{name}" : $"{DockerHub}/{name}";
    }
}
