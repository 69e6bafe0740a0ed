using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Admission;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Kinds.Rules;
using Sympozium.LocalCluster.Objects;
using Sympozium.LocalCluster.Store;

namespace Sympozium.LocalCluster.Identity;

/// <summary>What was found of a token: whose it is, or why it does not count.</summary>
/// <param name="User">Null when the token is refused.</param>
/// <param name="Audiences">Those asked for that the token is meant for.</param>
/// <param name="Error">Why it is refused; empty when it is no token of ours at all.</param>
internal sealed record TokenVerdict(UserInfo? User, IReadOnlyList<string> Audiences, string Error)
{
    public static readonly TokenVerdict Foreign = new(null, [], "");
}

/// <summary>Makes and checks the tokens of ServiceAccounts.</summary>
internal sealed class ServiceAccountTokens(ClusterStore store, SigningKey key, TimeProvider time) : IServiceAccountTokens
{
    /// <summary>Name of this API server in tokens, whatever its address is.</summary>
    public const string Issuer = "https://kubernetes.default.svc.cluster.local";

    private const string ExtraPrefix = "authentication.kubernetes.io/";
    private const int LeastSeconds = 600;
    private const long MostSeconds = 1L << 32;
    private const int MostKnown = 4_096;

    /// <summary>Lifetime that admission writes into the volume of every pod; nobody else asks for just that.</summary>
    private static readonly TimeSpan MountedLifetime = TimeSpan.FromSeconds(ServiceAccountAdmission.TokenSeconds);

    // Programs that read such a token only once go on working, as in Kubernetes; it still ends with its pod.
    private static readonly TimeSpan MountedGrace = TimeSpan.FromDays(365);

    // Clocks differ: what has ended is accepted for this long.
    private static readonly TimeSpan Leeway = TimeSpan.FromMinutes(1);
    private static readonly ResourceKey Accounts = ObjectReader.Resource(CoreTypes.ServiceAccounts);

    // Signatures need to be checked once; that the objects are still there is looked at each time.
    private readonly ConcurrentDictionary<string, Known> _known = new(StringComparer.Ordinal);

    public static IReadOnlyList<string> OwnAudiences { get; } = [Issuer];

    /// <inheritdoc/>
    public IssuedToken Issue(ServiceAccountTokenRequest request)
    {
        StoredObject account = store.Snapshot.Find(new ObjectKey(Accounts, request.Namespace, request.ServiceAccount))
            ?? throw Refusals.NotFound(CoreTypes.ServiceAccounts, request.ServiceAccount);
        CheckLifetime((long)request.Lifetime.TotalSeconds);
        DateTimeOffset now = time.GetUtcNow();
        IReadOnlyList<string> audiences = request.Audiences.Count > 0 ? request.Audiences : OwnAudiences;
        TokenClaims claims = Bind(request, new TokenClaims
        {
            Id = Guid.NewGuid().ToString(),
            Issuer = Issuer,
            Audiences = audiences,
            Namespace = request.Namespace,
            Account = new TokenObject(account.Key.Name, account.Facts.Uid),
            IssuedAt = now.ToUnixTimeSeconds(),
            ExpiresAt = (now + request.Lifetime).ToUnixTimeSeconds(),
        });
        if (claims.Pod is not null && request.Lifetime == MountedLifetime && audiences.SequenceEqual(OwnAudiences))
        {
            claims = claims with { WarnAfter = claims.ExpiresAt, ExpiresAt = (now + MountedGrace).ToUnixTimeSeconds() };
        }

        string header = $"{{\"alg\":\"{SigningKey.Algorithm}\",\"kid\":\"{key.Id}\"}}";
        string signed = $"{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header))}.{Base64Url.EncodeToString(claims.Write())}";
        string token = $"{signed}.{Base64Url.EncodeToString(key.Sign(Encoding.ASCII.GetBytes(signed)))}";
        return new IssuedToken(token, account.Facts.Uid, audiences, now, now + request.Lifetime);
    }

    /// <summary>Whose token it is, when one of the audiences is meant by it.</summary>
    public TokenVerdict Check(string token, IReadOnlyList<string> audiences)
    {
        if (Read(token) is not { } known)
        {
            return TokenVerdict.Foreign;
        }

        TokenClaims claims = known.Claims;
        IReadOnlyList<string> meant = ReferenceEquals(audiences, OwnAudiences) && known.IsForUs ? OwnAudiences : [.. claims.Audiences.Intersect(audiences)];
        string error = meant.Count == 0
            ? $"token audiences {Shown(claims.Audiences)} is invalid for the target audiences {Shown(audiences)}"
            : FindError(claims);
        return error.Length == 0 ? new TokenVerdict(known.User, meant, "") : new TokenVerdict(null, [], error);
    }

    private static string Shown(IEnumerable<string> values) => $"[{string.Join(' ', values.Select(GoJson.Quote))}]";

    /// <exception cref="KubernetesException">422.</exception>
    private static void CheckLifetime(long seconds)
    {
        string? why = seconds < LeastSeconds ? "may not specify a duration less than 10 minutes"
            : seconds > MostSeconds ? "may not specify a duration larger than 2^32 seconds"
            : null;
        if (why is not null)
        {
            string shown = seconds.ToString(CultureInfo.InvariantCulture);
            throw Refusals.Invalid(
                "authentication.k8s.io", "TokenRequest", "",
                [new FieldProblem("spec.expirationSeconds", ProblemReasons.Invalid, $"Invalid value: {shown}: {why}")]);
        }
    }

    private TokenClaims Bind(ServiceAccountTokenRequest request, TokenClaims claims)
    {
        if (request.BoundTo is not { } bound)
        {
            return claims;
        }

        if (bound is not { ApiVersion: "v1" or "", Kind: "Pod" or "Secret" })
        {
            string group = bound.ApiVersion.Contains('/', StringComparison.Ordinal) ? bound.ApiVersion : $"/{bound.ApiVersion}";
            throw Refusals.BadRequest($"cannot bind token to object of type {group}, Kind={bound.Kind}");
        }

        ResourceType type = bound.Kind == "Pod" ? CoreTypes.Pods : CoreTypes.Secrets;
        StoredObject found = store.Snapshot.Find(ObjectReader.Key(type, request.Namespace, bound.Name)) ?? throw Refusals.NotFound(type, bound.Name);
        JsonObject? spec = found.ToJson().Map("spec");
        if (bound.Kind == "Pod" && spec.Text("serviceAccountName") != request.ServiceAccount)
        {
            throw Refusals.BadRequest($"cannot bind token for serviceaccount \"{request.ServiceAccount}\" to pod running with different serviceaccount name.");
        }

        if (bound.Uid.Length > 0 && bound.Uid != found.Facts.Uid)
        {
            throw Refusals.Precondition(
                type, bound.Name,
                $"the UID in the bound object reference ({bound.Uid}) does not match the UID in record. The object might have been deleted and then recreated");
        }

        TokenObject named = new(bound.Name, found.Facts.Uid);
        return bound.Kind == "Secret"
            ? claims with { Secret = named }
            : claims with { Pod = named, Node = spec.Text("nodeName") is { Length: > 0 } node ? new TokenObject(node, "") : null };
    }

    /// <summary>What a token that we signed says; null for anything else.</summary>
    private Known? Read(string token)
    {
        if (_known.TryGetValue(token, out Known? known))
        {
            return known;
        }

        int end = token.LastIndexOf('.');
        int dot = token.IndexOf('.', StringComparison.Ordinal);
        if (dot <= 0 || end <= dot + 1 || !IsOurs(token.AsSpan(0, dot)) || !TryDecode(token.AsSpan(end + 1), out byte[] signature)
            || !key.Verify(Encoding.ASCII.GetBytes(token[..end]), signature) || !TryDecode(token.AsSpan(dot + 1, end - dot - 1), out byte[] payload)
            || TokenClaims.Read(payload) is not { } claims || claims.Issuer != Issuer)
        {
            return null;
        }

        known = new Known(claims, UserOf(claims), claims.Audiences.Contains(Issuer));
        if (_known.Count >= MostKnown)
        {
            _known.Clear();
        }

        _known.TryAdd(token, known);
        return known;
    }

    // The algorithm is fixed: a header that names another one is not even looked at further.
    private bool IsOurs(ReadOnlySpan<char> header)
    {
        if (!TryDecode(header, out byte[] bytes))
        {
            return false;
        }

        try
        {
            return JsonNode.Parse(bytes) is JsonObject json && json.Text("alg") == SigningKey.Algorithm && json.Text("kid") == key.Id;
        }
        catch (System.Text.Json.JsonException)
        {
            return false;
        }
    }

    private static bool TryDecode(ReadOnlySpan<char> text, out byte[] bytes)
    {
        bytes = [];
        if (!Base64Url.IsValid(text))
        {
            return false;
        }

        bytes = Base64Url.DecodeFromChars(text);
        return true;
    }

    private static UserInfo UserOf(TokenClaims claims)
    {
        Dictionary<string, IReadOnlyList<string>> extra = new(StringComparer.Ordinal) { [ExtraPrefix + "credential-id"] = [$"JTI={claims.Id}"] };
        if (claims.Node is { } node)
        {
            extra[ExtraPrefix + "node-name"] = [node.Name];
        }

        if (claims.Pod is { } pod)
        {
            extra[ExtraPrefix + "pod-name"] = [pod.Name];
            extra[ExtraPrefix + "pod-uid"] = [pod.Uid];
        }

        return new UserInfo(
            ServiceAccountNames.UserName(claims.Namespace, claims.Account.Name), claims.Account.Uid,
            [.. ServiceAccountNames.Groups(claims.Namespace), UserInfo.Authenticated], extra);
    }

    private string FindError(TokenClaims claims)
    {
        DateTimeOffset now = time.GetUtcNow();
        if ((now - Leeway).ToUnixTimeSeconds() > claims.ExpiresAt)
        {
            return "service account token has expired";
        }

        if ((now + Leeway).ToUnixTimeSeconds() < claims.IssuedAt)
        {
            return "service account token is not valid yet";
        }

        StoreSnapshot snapshot = store.Snapshot;
        bool isAlive = IsThere(snapshot, CoreTypes.ServiceAccounts, claims.Namespace, claims.Account)
            && IsThere(snapshot, CoreTypes.Pods, claims.Namespace, claims.Pod)
            && IsThere(snapshot, CoreTypes.Secrets, claims.Namespace, claims.Secret);
        return isAlive ? "" : "service account token has been invalidated";
    }

    private static bool IsThere(StoreSnapshot snapshot, ResourceType type, string ns, TokenObject? named) =>
        named is null || snapshot.Find(ObjectReader.Key(type, ns, named.Name))?.Facts.Uid == named.Uid;

    private sealed record Known(TokenClaims Claims, UserInfo User, bool IsForUs);
}
