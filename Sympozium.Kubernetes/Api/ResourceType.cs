namespace Sympozium.Kubernetes.Api;

/// <summary>One served resource: where it lives in the URL space and what its objects are called.</summary>
/// <param name="Group">API group; empty for the core group.</param>
/// <param name="Version">API version, for example <c>v1</c>.</param>
/// <param name="Plural">Lower-case plural as it stands in URLs, for example <c>pods</c>.</param>
/// <param name="Kind">Kind of one object, for example <c>Pod</c>.</param>
/// <param name="Namespaced">Whether objects live in a namespace.</param>
public sealed record ResourceType(string Group, string Version, string Plural, string Kind, bool Namespaced = true)
{
    /// <summary><c>group/version</c>, or just the version for the core group.</summary>
    public string ApiVersion { get; } = Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary>URL path of the collection, or of one object when <paramref name="name"/> is given, without a leading host.</summary>
    public string Path(string? ns, string? name = null, string? subresource = null)
    {
        string root = Group.Length == 0 ? $"/api/{Version}" : $"/apis/{Group}/{Version}";
        string scope = Namespaced && ns is not null ? $"/namespaces/{Uri.EscapeDataString(ns)}" : "";
        string tail = name is null ? "" : $"/{Uri.EscapeDataString(name)}";
        string sub = subresource is null ? "" : $"/{subresource}";
        return $"{root}{scope}/{Plural}{tail}{sub}";
    }

    /// <inheritdoc/>
    public override string ToString() => Group.Length == 0 ? Plural : $"{Plural}.{Group}";
}
