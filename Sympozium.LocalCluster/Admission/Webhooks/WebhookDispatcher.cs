using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Authorization;
using Sympozium.LocalCluster.Cel;
using Sympozium.LocalCluster.Cel.Library;
using Sympozium.LocalCluster.Identity;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Kinds.Patching;
using Sympozium.LocalCluster.Kinds.Rules;
using Sympozium.LocalCluster.Objects;
using Sympozium.LocalCluster.Store;

namespace Sympozium.LocalCluster.Admission.Webhooks;

/// <summary>
/// Asks the webhooks of the stored configurations: mutating ones one after the other in the order of their configurations' names,
/// validating ones all at once. The configurations themselves are exempt, so that a broken webhook can be removed.
/// </summary>
internal sealed partial class WebhookDispatcher(
    ClusterStore store, KindRegistry kinds, WebhookClient client, Authorizer authorizer, ILogger<WebhookDispatcher> logger)
{
    private readonly WebhookRegistry _mutating = new(store, "mutatingwebhookconfigurations");
    private readonly WebhookRegistry _validating = new(store, "validatingwebhookconfigurations");

    public bool IsEmpty => _mutating.Current.Count == 0 && _validating.Current.Count == 0;

    /// <summary>Lets mutating webhooks change the object, in place.</summary>
    /// <returns>Whether it was changed.</returns>
    /// <exception cref="KubernetesException">One refused, or could not be asked.</exception>
    public async Task<bool> MutateAsync(AdmissionRequest request, List<string> warnings, CancellationToken cancellationToken)
    {
        List<Asked> asked = Select(_mutating.Current, request);
        HashSet<string> again = [];
        HashSet<string> previous = [];
        bool changed = false;
        foreach (Asked webhook in asked)
        {
            bool changedNow = await MutateAsync(webhook, request, warnings, cancellationToken);
            changed |= changedNow;
            if (changedNow)
            {
                again.UnionWith(previous);
            }

            if (webhook.Webhook.Reinvokes)
            {
                previous.Add(webhook.Webhook.Id);
            }
        }

        foreach (Asked webhook in asked.Where(webhook => again.Contains(webhook.Webhook.Id)))
        {
            changed |= await MutateAsync(webhook, request, warnings, cancellationToken);
        }

        return changed;
    }

    /// <summary>Asks the validating webhooks about the object as it will be stored.</summary>
    /// <exception cref="KubernetesException">One refused, or could not be asked.</exception>
    public async Task ValidateAsync(AdmissionRequest request, List<string> warnings, CancellationToken cancellationToken)
    {
        List<Asked> asked = Select(_validating.Current, request);
        if (asked.Count == 0)
        {
            return;
        }

        (WebhookAnswer? Answer, KubernetesException? Failure)[] answers =
            await Task.WhenAll(asked.Select(webhook => TryAskAsync(webhook, request, mutates: false, cancellationToken)));
        foreach ((WebhookAnswer? answer, _) in answers)
        {
            warnings.AddRange(answer?.Warnings ?? []);
        }

        for (int i = 0; i < answers.Length; i++)
        {
            if (answers[i].Failure is { } failure)
            {
                throw failure;
            }

            if (answers[i].Answer is { IsAllowed: false } denial)
            {
                throw WebhookReview.Denial(asked[i].Webhook.Name, denial.Status);
            }
        }
    }

    private async Task<bool> MutateAsync(Asked webhook, AdmissionRequest request, List<string> warnings, CancellationToken cancellationToken)
    {
        (WebhookAnswer? answer, KubernetesException? failure) = await TryAskAsync(webhook, request, mutates: true, cancellationToken);
        warnings.AddRange(answer?.Warnings ?? []);
        if (failure is not null)
        {
            throw failure;
        }

        if (answer is { IsAllowed: false })
        {
            throw WebhookReview.Denial(webhook.Webhook.Name, answer.Status);
        }

        return answer?.Patch is { Count: > 0 } patch && request.Operation != AdmissionOperation.Delete && Apply(webhook, request, patch);
    }

    private static bool Apply(Asked webhook, AdmissionRequest request, JsonArray patch)
    {
        JsonObject current = request.Resource.DeepClone().AsObject();
        current["apiVersion"] = webhook.Kind.Type.ApiVersion;
        JsonObject patched;
        try
        {
            patched = JsonPatch.Apply(current, patch) as JsonObject ?? throw new JsonPatchException("the patch does not leave an object");
        }
        catch (JsonPatchException exception)
        {
            throw Refusals.Internal(exception.Message);
        }

        if (JsonNode.DeepEquals(patched, current))
        {
            return false;
        }

        patched["apiVersion"] = request.Kind.Type.ApiVersion;
        if (ObjectPipeline.FindDecodeError(request.Kind, patched) is { } problem)
        {
            throw Refusals.Internal(problem);
        }

        ObjectPipeline.Prune(request.Kind, patched);
        ObjectPipeline.ApplyDefaults(request.Kind, patched);
        request.Resource.Clear();
        foreach ((string name, JsonNode? value) in patched)
        {
            request.Resource[name] = value?.DeepClone();
        }

        return true;
    }

    private async Task<(WebhookAnswer? Answer, KubernetesException? Failure)> TryAskAsync(
        Asked webhook, AdmissionRequest request, bool mutates, CancellationToken cancellationToken)
    {
        string uid = Guid.NewGuid().ToString();
        try
        {
            JsonObject review = WebhookReview.Ask(request, webhook.Kind, uid);
            if (webhook.Webhook.Conditions.Count > 0 && !MatchCondition.AllHold(webhook.Webhook.Conditions, review, asked => Decide(request.User, asked)))
            {
                return (null, null);
            }

            JsonNode? answer = await client.CallAsync(webhook.Webhook.Target, review, webhook.Webhook.Timeout, cancellationToken);
            return (WebhookReview.Read(answer, uid, mutates), null);
        }
        catch (CelException exception)
        {
            LogConditionFailed(webhook.Webhook.Name, exception.Message);
            return webhook.Webhook.FailsOpen
                ? (null, null)
                : (null, Refusals.Forbidden(request.Kind.Type, request.Resource.Map("metadata").Text("name"), exception.Message));
        }
        catch (WebhookCallException exception)
        {
            string message = $"failed calling webhook {GoJson.Quote(webhook.Webhook.Name)}: {exception.Message}";
            if (webhook.Webhook.FailsOpen)
            {
                LogFailedOpen(webhook.Webhook.Name, exception.Message);
                return (null, null);
            }

            return (null, Refusals.Internal(message));
        }
    }

    private CelDecision Decide(UserInfo user, CelAccess asked)
    {
        UserInfo who = asked.ServiceAccount is { } account
            ? new UserInfo(ServiceAccountNames.UserName(account.Namespace, account.Name), [.. ServiceAccountNames.Groups(account.Namespace), UserInfo.Authenticated])
            : user;
        AccessDecision decision = authorizer.Decide(who, new AccessAttributes
        {
            Verb = asked.Verb,
            IsResource = asked.Path is null,
            Path = asked.Path ?? "",
            Group = asked.Group,
            Resource = asked.Resource,
            Subresource = asked.Subresource,
            Namespace = asked.Namespace,
            Name = asked.Name,
        });
        return new CelDecision(decision.Allowed, decision.Reason);
    }

    private List<Asked> Select(IReadOnlyList<Webhook> webhooks, AdmissionRequest request)
    {
        List<Asked> asked = [];
        if (webhooks.Count == 0 || request.Kind.Type.Group == "admissionregistration.k8s.io")
        {
            return asked;
        }

        IReadOnlyList<KindDefinition> equivalents = Equivalents(request.Kind);
        foreach (Webhook webhook in webhooks)
        {
            if (webhook.Match(request, equivalents) is { } kind && MatchesLabels(webhook, request))
            {
                asked.Add(new Asked(webhook, kind));
            }
        }

        return asked;
    }

    private List<KindDefinition> Equivalents(KindDefinition kind) =>
    [
        .. kinds.Current.Kinds.Where(other =>
            !ReferenceEquals(other, kind) && other.Type.Plural == kind.Type.Plural && other.Type.Kind == kind.Type.Kind
            && (other.Type.Group == kind.Type.Group || kind is { IsCustom: false, Type.Kind: "Event" })),
    ];

    private bool MatchesLabels(Webhook webhook, AdmissionRequest request)
    {
        if (!webhook.Namespaces.IsEverything && NamespaceLabels(request) is { } labels && !webhook.Namespaces.Matches(labels))
        {
            return false;
        }

        return webhook.Objects.IsEverything || webhook.Objects.Matches(LabelsOf(request.Resource)) || request.Old is { } old && webhook.Objects.Matches(LabelsOf(old));
    }

    /// <summary>Null for what lives in no namespace: selectors of namespaces do not count there.</summary>
    private IReadOnlyDictionary<string, string>? NamespaceLabels(AdmissionRequest request)
    {
        if (ObjectRemover.IsNamespace(request.Kind))
        {
            return LabelsOf(request.Resource);
        }

        return request.Kind.Type.Namespaced
            ? store.Snapshot.Find(ObjectReader.Key(CoreTypes.Namespaces, null, request.Resource.Map("metadata").Text("namespace")))?.Facts.Labels
            : null;
    }

    private static Dictionary<string, string> LabelsOf(JsonObject resource) =>
        (resource.Map("metadata").Map("labels") ?? []).ToDictionary(label => label.Key, label => GoJson.Text(label.Value) ?? "", StringComparer.Ordinal);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The webhook {Webhook} could not be asked and its failurePolicy is Ignore: {Reason}")]
    private partial void LogFailedOpen(string webhook, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A match condition of the webhook {Webhook} cannot be evaluated: {Reason}")]
    private partial void LogConditionFailed(string webhook, string reason);

    private sealed record Asked(Webhook Webhook, KindDefinition Kind);
}
