using Microsoft.AspNetCore.Http;
using Sympozium.LocalCluster.Identity;
using Sympozium.LocalCluster.Server;

namespace Sympozium.LocalCluster.Authorization;

/// <summary>
/// What a request wants to do, in the words in which roles allow it. Read from the path alone, before anybody looks whether
/// such a resource exists: who has no rights must not learn that.
/// </summary>
internal sealed record AccessAttributes
{
    private static readonly string[] NamespaceSubresources = ["status", "finalize"];

    public required string Verb { get; init; }

    /// <summary>False for paths such as <c>/healthz</c> and for discovery.</summary>
    public bool IsResource { get; init; }

    public string Path { get; init; } = "";

    public string Group { get; init; } = "";

    public string Namespace { get; init; } = "";

    public string Resource { get; init; } = "";

    public string Subresource { get; init; } = "";

    public string Name { get; init; } = "";

    /// <summary>Resource and subresource as rules name them, such as <c>pods/log</c>.</summary>
    public string Combined => Subresource.Length == 0 ? Resource : $"{Resource}/{Subresource}";

    public static AccessAttributes Of(HttpRequest request)
    {
        string path = request.Path.Value ?? "/";
        string[] parts = path.Trim('/').Split('/');
        bool isCore = parts[0] == "api";
        if (parts.Length < 3 || !isCore && (parts[0] != "apis" || parts.Length < 4))
        {
            return new AccessAttributes { Verb = request.Method.ToLowerInvariant(), Path = path };
        }

        return Resources(request, path, isCore ? "" : parts[1], parts.AsSpan(isCore ? 2 : 3));
    }

    /// <summary>Who may not do what, as Kubernetes says it.</summary>
    public string Refusal(UserInfo user)
    {
        if (!IsResource)
        {
            return $"User \"{user.Name}\" cannot {Verb} path \"{Path}\"";
        }

        string scope = Namespace.Length == 0 ? "at the cluster scope" : $"in the namespace \"{Namespace}\"";
        return $"User \"{user.Name}\" cannot {Verb} resource \"{Combined}\" in API group \"{Group}\" {scope}";
    }

    private static AccessAttributes Resources(HttpRequest request, string path, string group, ReadOnlySpan<string> parts)
    {
        string verb = request.Method switch
        {
            "GET" or "HEAD" => "get",
            "POST" => "create",
            "PUT" => "update",
            "PATCH" => "patch",
            "DELETE" => "delete",
            _ => "",
        };
        if (parts is ["watch", _, ..])
        {
            verb = "watch";
            parts = parts[1..];
        }

        string ns = "";
        if (parts is ["namespaces", var named, ..])
        {
            // The namespace itself lies in its own namespace: a role there may allow to read it.
            ns = named;
            if (parts.Length > 2 && !NamespaceSubresources.Contains(parts[2]))
            {
                parts = parts[2..];
            }
        }

        string name = parts.Length > 1 ? parts[1] : "";
        if (name.Length == 0 && verb is "get" or "delete")
        {
            verb = verb == "delete" ? "deletecollection" : QueryOptions.Flag(request.Query, "watch") ? "watch" : "list";
            name = verb == "deletecollection" ? "" : SelectedName(request.Query["fieldSelector"]);
        }

        return new AccessAttributes
        {
            Verb = verb,
            IsResource = true,
            Path = path,
            Group = group,
            Namespace = ns,
            Resource = parts[0],
            Name = name,
            Subresource = parts.Length > 2 ? parts[2] : "",
        };
    }

    // A list of one name is allowed to whom that name is: "kubectl get configmap x --watch" asks so.
    private static string SelectedName(string? fields)
    {
        foreach (string term in (fields ?? "").Split(','))
        {
            if (term.StartsWith("metadata.name=", StringComparison.Ordinal))
            {
                string name = term["metadata.name=".Length..].TrimStart('=');
                return name is "." or ".." || name.AsSpan().IndexOfAny('/', '%') >= 0 ? "" : name;
            }
        }

        return "";
    }
}
