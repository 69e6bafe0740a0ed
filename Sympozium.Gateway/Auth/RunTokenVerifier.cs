using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Broker;
using Sympozium.Gateway.Hosting;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Gateway.Auth;

/// <summary>
/// Checks run tokens: signature and expiry at every call, and that the run with this uid still exists, which is looked up again
/// after <see cref="GatewayOptions.RunIdentityLifetime"/>.
/// </summary>
internal sealed class RunTokenVerifier(IRunTokenKey key, IKubernetesClient kubernetes, GatewayOptions options, TimeProvider time)
{
    private const int MaxCached = 4096;
    private readonly ConcurrentDictionary<ResourceKey, (string Uid, long At)> _uids = new();

    /// <summary>The token's content, or null when it opens nothing (any more).</summary>
    public async ValueTask<RunToken?> VerifyAsync(string token, CancellationToken cancellationToken)
    {
        if (RunToken.Verify(token, key.Key.Span, time.GetUtcNow()) is not { } claims)
        {
            return null;
        }

        if (_uids.TryGetValue(claims.Run, out (string Uid, long At) known) && time.GetElapsedTime(known.At) < options.RunIdentityLifetime && known.Uid == claims.Uid)
        {
            return claims;
        }

        JsonObject? run = await kubernetes.GetAsync(SympoziumTypes.AgentRuns, claims.Run.Namespace, claims.Run.Name, cancellationToken);
        string? uid = (string?)run?["metadata"]?["uid"];
        if (uid != claims.Uid)
        {
            _uids.TryRemove(claims.Run, out _);
            return null;
        }

        if (_uids.Count >= MaxCached)
        {
            _uids.Clear();
        }

        _uids[claims.Run] = (uid, time.GetTimestamp());
        return claims;
    }
}
