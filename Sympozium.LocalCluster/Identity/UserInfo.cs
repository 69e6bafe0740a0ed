namespace Sympozium.LocalCluster.Identity;

/// <summary>Who makes a request, after authentication and impersonation; what <c>authentication.k8s.io/v1 UserInfo</c> says.</summary>
/// <param name="Name">For example <c>system:serviceaccount:default:bot</c>.</param>
/// <param name="Uid">Empty when the user has none.</param>
/// <param name="Groups">In the order in which Kubernetes names them.</param>
/// <param name="Extra">Further facts by key, such as the id of the credential.</param>
public sealed record UserInfo(string Name, string Uid, IReadOnlyList<string> Groups, IReadOnlyDictionary<string, IReadOnlyList<string>> Extra)
{
    /// <summary>Members may do everything, whatever the roles say.</summary>
    public const string Masters = "system:masters";

    public const string Authenticated = "system:authenticated";

    public const string Unauthenticated = "system:unauthenticated";

    public const string AnonymousName = "system:anonymous";

    public static readonly IReadOnlyDictionary<string, IReadOnlyList<string>> NoExtra = new Dictionary<string, IReadOnlyList<string>>(0, StringComparer.Ordinal);

    public UserInfo(string name, params IReadOnlyList<string> groups)
        : this(name, "", groups, NoExtra)
    {
    }

    /// <summary>Whoever holds the administrator's token, and the control plane itself.</summary>
    public static UserInfo Administrator { get; } = new("system:admin", Masters, Authenticated);

    public static UserInfo Anonymous { get; } = new(AnonymousName, Unauthenticated);

    /// <summary>Whether no role has to be looked at.</summary>
    public bool IsMaster { get; } = Groups.Contains(Masters);

    public bool IsAnonymous => Name == AnonymousName;
}
