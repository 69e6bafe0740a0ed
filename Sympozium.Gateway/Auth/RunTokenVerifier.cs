using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Broker;
using Sympozium.Abstractions.Tracing;
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
    private readonly ConcurrentDictionary<ResourceKey, KnownRun> _runs = new();

    /// <summary>The run whose token it is, or null when it opens nothing (any more).</summary>
    public async ValueTask<VerifiedRun?> VerifyAsync(string token, CancellationToken cancellationToken)
    {
        if (RunToken.Verify(token, key.Key.Span, time.GetUtcNow()) is not { } claims)
        {
            return null;
        }

        if (_runs.TryGetValue(claims.Run, out KnownRun? known) && time.GetElapsedTime(known.At) < options.RunIdentityLifetime && known.Uid == claims.Uid)
        {
            return new VerifiedRun(claims, known.Trace);
        }

        JsonObject? run = await kubernetes.GetAsync(SympoziumTypes.AgentRuns, claims.Run.Namespace, claims.Run.Name, cancellationToken);
        string? uid = (string?)run?["metadata"]?["uid"];
        if (uid != claims.Uid)
        {
            _runs.TryRemove(claims.Run, out _);
            return null;
        }

        if (_runs.Count >= MaxCached)
        {
            _runs.Clear();
        }

        known = new KnownRun(uid, time.GetTimestamp(), Trace(uid, run!["metadata"]!["annotations"]));
        _runs[claims.Run] = known;
        return new VerifiedRun(claims, known.Trace);
    }

    private static RunTrace? Trace(string uid, JsonNode? annotations) => GatewayTelemetry.Source.HasListeners()
        ? RunTrace.Of(uid, (string?)annotations?[SympoziumNames.TraceParentAnnotation], (string?)annotations?[SympoziumNames.TraceStateAnnotation])
        : null;

    private sealed record KnownRun(string Uid, long At, RunTrace? Trace);
}
