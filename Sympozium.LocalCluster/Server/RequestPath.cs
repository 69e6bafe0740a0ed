namespace Sympozium.LocalCluster.Server;

/// <summary>What a URL below <c>/api</c> or <c>/apis</c> names.</summary>
/// <param name="Group">API group; empty for the core group.</param>
/// <param name="Version">API version; empty for a group's own document.</param>
/// <param name="Namespace">Null for cluster scope or all namespaces.</param>
/// <param name="Plural">Resource; empty for the discovery document.</param>
/// <param name="Name">Object; null for the collection.</param>
/// <param name="Subresource">For example <c>status</c>.</param>
/// <param name="IsWatch">The old <c>/watch/</c> form.</param>
internal sealed record RequestPath(string Group, string Version, string? Namespace, string Plural, string? Name, string? Subresource, bool IsWatch)
{
    /// <summary>Null when the path is not one of the API.</summary>
    public static RequestPath? Parse(string path)
    {
        string[] parts = path.TrimEnd('/').Split('/')[1..];
        return parts switch
        {
            ["api", .. var rest] => Parse("", rest),
            ["apis", var group, .. var rest] => Parse(group, rest),
            ["apis"] => new RequestPath("", "", null, "", null, null, false),
            _ => null,
        };
    }

    private static RequestPath? Parse(string group, string[] parts)
    {
        if (parts.Length == 0)
        {
            return new RequestPath(group, "", null, "", null, null, false);
        }

        string version = parts[0];
        ReadOnlySpan<string> rest = parts.AsSpan(1);
        bool isWatch = rest is ["watch", _, ..];
        if (isWatch)
        {
            rest = rest[1..];
        }

        return rest switch
        {
            [] => new RequestPath(group, version, null, "", null, null, false),
            ["namespaces", var name, "status" or "finalize"] => new RequestPath(group, version, null, "namespaces", name, rest[2], isWatch),
            ["namespaces", var ns, var plural, .. var tail] => Resource(group, version, ns.Length == 0 ? null : ns, plural, tail, isWatch),
            [var plural, .. var tail] => Resource(group, version, null, plural, tail, isWatch),
        };
    }

    private static RequestPath? Resource(string group, string version, string? ns, string plural, ReadOnlySpan<string> tail, bool isWatch) => tail switch
    {
        [] => new RequestPath(group, version, ns, plural, null, null, isWatch),
        [var name] => new RequestPath(group, version, ns, plural, name, null, isWatch),
        [var name, var subresource] => new RequestPath(group, version, ns, plural, name, subresource, isWatch),
        _ => null,
    };
}
