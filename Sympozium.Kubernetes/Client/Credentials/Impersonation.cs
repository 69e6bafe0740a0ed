namespace Sympozium.Kubernetes.Client.Credentials;

/// <summary>
/// Acting as somebody else, as a kubeconfig's <c>as</c>, <c>as-uid</c>, <c>as-groups</c> and <c>as-user-extra</c> ask for
/// (https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation).
/// </summary>
/// <param name="User">Name to act as.</param>
public sealed record Impersonation(string User)
{
    public string? Uid { get; init; }

    public IReadOnlyList<string> Groups { get; init; } = [];

    public IReadOnlyDictionary<string, IReadOnlyList<string>> Extra { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    internal IEnumerable<(string Name, string Value)> Headers()
    {
        yield return ("Impersonate-User", User);
        if (Uid is not null)
        {
            yield return ("Impersonate-Uid", Uid);
        }

        foreach (string group in Groups)
        {
            yield return ("Impersonate-Group", group);
        }

        // Keys are percent-encoded where a header's name cannot have them, and lower case since the server sees them so.
        foreach ((string key, IReadOnlyList<string> values) in Extra)
        {
            foreach (string value in values)
            {
                yield return ($"Impersonate-Extra-{Uri.EscapeDataString(key.ToLowerInvariant())}", value);
            }
        }
    }
}
