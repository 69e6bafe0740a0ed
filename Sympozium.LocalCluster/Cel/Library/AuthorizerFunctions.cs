namespace Sympozium.LocalCluster.Cel.Library;

/// <summary>A right that an expression asks about.</summary>
internal sealed record CelAccess
{
    /// <summary>Null asks for the user of the request.</summary>
    public (string Namespace, string Name)? ServiceAccount { get; init; }

    /// <summary>Set for paths such as <c>/healthz</c>; null for resources.</summary>
    public string? Path { get; init; }

    public string Verb { get; init; } = "";

    public string Group { get; init; } = "";

    public string Resource { get; init; } = "";

    public string Subresource { get; init; } = "";

    public string Namespace { get; init; } = "";

    public string Name { get; init; } = "";
}

/// <summary>Answers whether a right is given, and why.</summary>
internal sealed record CelAuthorizer(Func<CelAccess, CelDecision> Decide, CelAccess Asked);

/// <summary><c>authorizer.path("/healthz")</c>.</summary>
internal sealed record CelPathCheck(CelAuthorizer Authorizer);

/// <summary><c>authorizer.group("apps")</c>.</summary>
internal sealed record CelGroupCheck(CelAuthorizer Authorizer);

/// <summary><c>authorizer.group("apps").resource("deployments")</c>.</summary>
internal sealed record CelResourceCheck(CelAuthorizer Authorizer);

/// <summary>What <c>check("get")</c> gives.</summary>
internal sealed record CelDecision(bool IsAllowed, string Reason);

/// <summary>Kubernetes' authorizer library.</summary>
internal static class AuthorizerFunctions
{
    public static readonly CelType Authorizer = CelType.Opaque("kubernetes.authorization.Authorizer");

    public static readonly CelType PathCheck = CelType.Opaque("kubernetes.authorization.PathCheck");

    public static readonly CelType GroupCheck = CelType.Opaque("kubernetes.authorization.GroupCheck");

    public static readonly CelType ResourceCheck = CelType.Opaque("kubernetes.authorization.ResourceCheck");

    public static readonly CelType Decision = CelType.Opaque("kubernetes.authorization.Decision");

    public static void Add(CelFunctions functions)
    {
        functions.Add("authorizer.path(string): pathcheck", a => new CelPathCheck(With(a[0], asked => asked with { Path = (string)a[1] })));
        functions.Add("authorizer.group(string): groupcheck", a => new CelGroupCheck(With(a[0], asked => asked with { Group = (string)a[1] })));
        functions.Add("authorizer.serviceAccount(string, string): authorizer", a => With(a[0], asked => asked with { ServiceAccount = ((string)a[1], (string)a[2]) }));
        functions.Add("pathcheck.check(string): decision", a => Check(((CelPathCheck)a[0]).Authorizer, a[1]));
        functions.Add("groupcheck.resource(string): resourcecheck", a => Resource(((CelGroupCheck)a[0]).Authorizer, asked => asked with { Resource = (string)a[1] }));
        functions.Add("resourcecheck.subresource(string): resourcecheck", a => Resource(((CelResourceCheck)a[0]).Authorizer, asked => asked with { Subresource = (string)a[1] }));
        functions.Add("resourcecheck.namespace(string): resourcecheck", a => Resource(((CelResourceCheck)a[0]).Authorizer, asked => asked with { Namespace = (string)a[1] }));
        functions.Add("resourcecheck.name(string): resourcecheck", a => Resource(((CelResourceCheck)a[0]).Authorizer, asked => asked with { Name = (string)a[1] }));
        functions.Add("resourcecheck.check(string): decision", a => Check(((CelResourceCheck)a[0]).Authorizer, a[1]));
        functions.Add("decision.allowed(): bool", a => ((CelDecision)a[0]).IsAllowed);
        functions.Add("decision.reason(): string", a => ((CelDecision)a[0]).Reason);
        functions.Add("decision.errored(): bool", _ => false);
        functions.Add("decision.error(): string", _ => "");
    }

    private static CelAuthorizer With(object authorizer, Func<CelAccess, CelAccess> change) => With((CelAuthorizer)authorizer, change);

    private static CelAuthorizer With(CelAuthorizer authorizer, Func<CelAccess, CelAccess> change) => authorizer with { Asked = change(authorizer.Asked) };

    private static CelResourceCheck Resource(CelAuthorizer authorizer, Func<CelAccess, CelAccess> change) => new(With(authorizer, change));

    private static CelDecision Check(CelAuthorizer authorizer, object verb) => authorizer.Decide(authorizer.Asked with { Verb = (string)verb });
}
