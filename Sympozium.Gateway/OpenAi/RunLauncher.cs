using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Sympozium.Abstractions;
using Sympozium.Gateway.Hosting;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Gateway.OpenAi;

/// <summary>A run that answers a request.</summary>
/// <param name="Key">Its name.</param>
/// <param name="Created">When it was created, in Unix seconds.</param>
/// <param name="Joined">Whether it was there already, for an earlier request with the same idempotency key.</param>
internal sealed record LaunchedRun(ResourceKey Key, long Created, bool Joined);

/// <summary>
/// Creates the AgentRun of a chat request, or finds the one that an earlier request with the same <c>Idempotency-Key</c> created.
/// The first name that is tried follows from the key, so of two requests at once, also on two gateways, one creates and one joins.
/// </summary>
internal sealed class RunLauncher(IKubernetesClient kubernetes, GatewayOptions options, TimeProvider time)
{
    public const string Source = "gateway";
    public const string BodyHashAnnotation = "sympozium.ai/request-body-hash";
    private const string NameAlphabet = "bcdfghjklmnpqrstvwxz2456789";
    private const int SuffixLength = 5;
    private const int HashLabelLength = 16;
    private const int MaxAttempts = 8;

    /// <summary>Longest prefix of a run's name, so that names derived from it still fit into a label.</summary>
    private const int MaxPrefixLength = 40;

    public async Task<LaunchedRun> LaunchAsync(
        CatalogEntry instance,
        ChatRequest request,
        ReadOnlyMemory<byte> body,
        string? idempotencyKey,
        CancellationToken cancellationToken)
    {
        string? hash = idempotencyKey is null ? null : Hash(Encoding.UTF8.GetBytes($"{instance.Key}\n{idempotencyKey}"));
        string? bodyHash = hash is null ? null : Hash(body.Span);
        if (hash is not null && await FindAsync(instance, hash, bodyHash!, cancellationToken) is { } present)
        {
            return present;
        }

        string name = Name(instance, hash is null ? Random() : Suffix(Convert.FromHexString(hash)));
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                JsonObject created = await kubernetes.CreateAsync(SympoziumTypes.AgentRuns, Resource(name, instance, request, hash, bodyHash), cancellationToken);
                return Launched(created, joined: false);
            }
            catch (KubernetesException taken) when (taken.IsAlreadyExists && attempt < MaxAttempts)
            {
                if (hash is not null && await FindAsync(instance, hash, bodyHash!, cancellationToken) is { } other)
                {
                    return other;
                }

                name = Name(instance, Random());
            }
        }
    }

    /// <summary>Asks the control plane to stop a run.</summary>
    public Task CancelAsync(ResourceKey run, CancellationToken cancellationToken) => kubernetes.PatchAsync(
        SympoziumTypes.AgentRuns,
        run.Namespace,
        run.Name,
        new Patch(PatchType.Merge, new JsonObject { ["spec"] = new JsonObject { ["cancel"] = true } }),
        null,
        cancellationToken);

    private async Task<LaunchedRun?> FindAsync(CatalogEntry instance, string hash, string bodyHash, CancellationToken cancellationToken)
    {
        var selector = new ListOptions { LabelSelector = $"{SympoziumNames.RequestHashLabel}={hash}" };
        ResourceList list = await kubernetes.ListAsync(SympoziumTypes.AgentRuns, instance.Key.Namespace, selector, cancellationToken);
        long oldest = time.GetUtcNow().ToUnixTimeSeconds() - (long)options.IdempotencyWindow.TotalSeconds;
        JsonObject? newest = list.Items
            .Where(run => run["metadata"]!["deletionTimestamp"] is null && run["spec"]?["cancel"]?.GetValue<bool>() != true && CreatedAt(run) >= oldest)
            .MaxBy(CreatedAt);
        if (newest is null)
        {
            return null;
        }

        if ((string?)newest["metadata"]!["annotations"]?[BodyHashAnnotation] == bodyHash)
        {
            return Launched(newest, joined: true);
        }

        string message = $"This Idempotency-Key was used for another request body, which run '{newest["metadata"]!["name"]}' answers; use a new key.";
        throw new ApiException(422, ErrorTypes.InvalidRequest, "idempotency_key_reused", message) { ShouldRetry = false };
    }

    private static JsonObject Resource(string name, CatalogEntry instance, ChatRequest request, string? hash, string? bodyHash)
    {
        var labels = new JsonObject
        {
            [SympoziumNames.SourceLabel] = Source,
            [SympoziumNames.InstanceLabel] = instance.Key.Name,
        };
        var annotations = new JsonObject();
        if (hash is not null)
        {
            labels[SympoziumNames.RequestHashLabel] = hash;
            annotations[BodyHashAnnotation] = bodyHash;
        }

        Trace(annotations);

        return new JsonObject
        {
            ["apiVersion"] = SympoziumNames.ApiVersion,
            ["kind"] = SympoziumTypes.AgentRuns.Kind,
            ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = instance.Key.Namespace, ["labels"] = labels, ["annotations"] = annotations },
            ["spec"] = new JsonObject
            {
                ["instanceRef"] = instance.Key.Name,
                ["task"] = request.Task.Length > 0 ? request.Task : "Answer the last message.",
                ["messages"] = request.Messages.DeepClone(),
            },
        };
    }

    /// <summary>The run goes on in the trace of this request, or, when nothing is traced here, in that of its caller.</summary>
    private static void Trace(JsonObject annotations)
    {
        Activity? current = Activity.Current;
        string? traceParent = current?.Source == GatewayTelemetry.Source ? current.Id : current is { HasRemoteParent: true } ? current.ParentId : null;
        if (traceParent is null)
        {
            return;
        }

        annotations[SympoziumNames.TraceParentAnnotation] = traceParent;
        if (current!.TraceStateString is { Length: > 0 } state)
        {
            annotations[SympoziumNames.TraceStateAnnotation] = state;
        }
    }

    private static LaunchedRun Launched(JsonObject run, bool joined)
    {
        JsonNode metadata = run["metadata"]!;
        return new LaunchedRun(new ResourceKey((string)metadata["namespace"]!, (string)metadata["name"]!), CreatedAt(run), joined);
    }

    private static long CreatedAt(JsonObject run) =>
        DateTimeOffset.TryParse((string?)run["metadata"]!["creationTimestamp"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset created)
            ? created.ToUnixTimeSeconds()
            : 0;

    private static string Name(CatalogEntry instance, string suffix)
    {
        string prefix = instance.Key.Name.Length <= MaxPrefixLength ? instance.Key.Name : instance.Key.Name[..MaxPrefixLength].TrimEnd('-', '.');
        return $"{prefix}-web-{suffix}";
    }

    private static string Random() => RandomNumberGenerator.GetString(NameAlphabet, SuffixLength);

    private static string Suffix(byte[] hash) => new([.. hash.Take(SuffixLength).Select(part => NameAlphabet[part % NameAlphabet.Length])]);

    private static string Hash(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(SHA256.HashData(content))[..HashLabelLength];
}
