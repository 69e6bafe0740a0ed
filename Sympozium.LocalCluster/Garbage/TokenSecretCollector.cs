using System.Text;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Identity;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Kinds.Rules;
using Sympozium.LocalCluster.Objects;
using Sympozium.LocalCluster.Store;

namespace Sympozium.LocalCluster.Garbage;

/// <summary>
/// Fills Secrets of type <c>kubernetes.io/service-account-token</c> with a token that lives as long as the Secret, the authority's certificate and the
/// namespace, and removes those whose ServiceAccount is not there.
/// </summary>
internal sealed class TokenSecretCollector(ClusterStore store, KindRegistry registry, ObjectVerbs verbs, IServiceAccountTokens tokens, Func<string> authority) : ICollector
{
    private const string SecretType = "kubernetes.io/service-account-token";
    private const string AccountName = "kubernetes.io/service-account.name";
    private const string AccountUid = "kubernetes.io/service-account.uid";

    /// <summary>The longest that a token can have: such a token has no end of its own.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(1L << 32);

    private static readonly ResourceKey Secrets = ObjectReader.Resource(CoreTypes.Secrets);
    private static readonly ResourceKey Accounts = ObjectReader.Resource(CoreTypes.ServiceAccounts);

    public IEnumerable<ObjectKey> Affected(StoredObject changed, bool isDeletion)
    {
        if (changed.Key.Resource == Secrets && !isDeletion)
        {
            return [changed.Key];
        }

        return changed.Key.Resource == Accounts && isDeletion
            ? [.. store.Snapshot.List(Secrets, changed.Key.Namespace).Select(secret => secret.Key)]
            : [];
    }

    public async Task CollectAsync(StoredObject stored, CancellationToken cancellationToken)
    {
        if (stored.Key.Resource != Secrets || stored.Facts.IsDeleting || stored.ToJson() is not { } secret || secret.Text("type") != SecretType)
        {
            return;
        }

        (string ns, string name) = (stored.Key.Namespace, stored.Key.Name);
        KindDefinition kind = registry.Current.FindKind(stored.Facts.ApiVersion, stored.Facts.Kind)!;
        JsonObject? annotations = secret.Map("metadata").Map("annotations");
        StoredObject? account = store.Snapshot.Find(new ObjectKey(Accounts, ns, annotations.Text(AccountName)));
        string uid = annotations.Text(AccountUid);
        if (account is null || (uid.Length > 0 && uid != account.Facts.Uid))
        {
            await verbs.Remover.DeleteAsync(kind, ns, name, new Removal { Uid = stored.Facts.Uid }, GarbageWorker.Options(), cancellationToken);
            return;
        }

        JsonObject? data = secret.Map("data");
        string trust = Encoded(authority());
        if (data.Text("token").Length > 0 && data.Text("namespace").Length > 0 && data.Text("ca.crt") == trust && uid.Length > 0)
        {
            return;
        }

        IssuedToken token = tokens.Issue(new ServiceAccountTokenRequest(ns, account.Key.Name)
        {
            Lifetime = Lifetime,
            BoundTo = new BoundObject("v1", "Secret", name, stored.Facts.Uid),
        });
        await verbs.Editor.PatchAsync(kind, ns, name, null, Fill, GarbageWorker.Options(), cancellationToken);

        JsonObject Fill(JsonObject current)
        {
            JsonObject filled = current.Ensure("data");
            filled["ca.crt"] = trust;
            filled["namespace"] = Encoded(ns);
            filled.Default("token", Encoded(token.Token));
            current.Ensure("metadata").Ensure("annotations")[AccountUid] = account.Facts.Uid;
            return current;
        }
    }

    private static string Encoded(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
