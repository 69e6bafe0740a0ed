using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Controllers;
using Sympozium.LocalCluster.Disruptions;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Objects;
using Sympozium.LocalCluster.Store;

namespace Sympozium.LocalCluster.Server;

/// <summary>
/// The subresource <c>eviction</c> of pods: deletes the pod unless its PodDisruptionBudget says no.
/// </summary>
internal sealed class EvictionEndpoint(ClusterStore store, ObjectVerbs verbs)
{
    private static readonly ResourceKey Budgets = ObjectReader.Resource(DisruptionState.Budgets);

    // Each eviction is counted before the next one is decided.
    private readonly NamespaceTurns _turns = new();

    private const string Eviction = "eviction";

    public static bool IsAsked(ApiRequest request) => ObjectRemover.IsPod(request.Kind) && request.Path.Subresource == Eviction;

    public Task HandleAsync(ApiRequest request) => request.Context.Request.Method == HttpMethods.Post ? EvictAsync(request) : throw Refusals.MethodNotAllowed();

    private async Task EvictAsync(ApiRequest request)
    {
        JsonObject eviction = await RequestBody.ReadOptionsAsync(request.Context) ?? [];
        string? name = Metadata.Text(eviction["metadata"] as JsonObject ?? [], "name");
        if (name is not null && name != request.Path.Name)
        {
            throw Refusals.BadRequest("name in URL does not match name in Eviction object");
        }

        JsonObject asked = eviction["deleteOptions"] as JsonObject ?? [];
        JsonObject preconditions = asked["preconditions"] as JsonObject ?? [];
        List<FieldProblem> problems = [];
        bool dryRun = QueryOptions.DryRun(request.Query["dryRun"], problems)
            | QueryOptions.DryRun(asked["dryRun"] is JsonArray list ? list.Select(value => value?.ToString()).ToArray() : [], problems);
        if (problems.Count > 0)
        {
            throw Refusals.InvalidOptions("DeleteOptions", [.. problems]);
        }

        Removal removal = new()
        {
            GracePeriodSeconds = Metadata.Number(asked, "gracePeriodSeconds"),
            Uid = Metadata.Text(preconditions, "uid"),
            ResourceVersion = Metadata.Text(preconditions, "resourceVersion"),
        };
        WriteOptions options = new() { DryRun = dryRun, User = request.User };
        using (await _turns.TakeAsync(request.Path.Namespace!, request.Aborted))
        {
            CheckBudget(request);
            await verbs.Remover.DeleteAsync(request.Kind, request.Path.Namespace, request.Path.Name!, removal, options, request.Aborted);
        }

        Replies.Warn(request.Context, options.Warnings);
        JsonObject status = new() { ["kind"] = "Status", ["apiVersion"] = "v1", ["metadata"] = new JsonObject(), ["status"] = "Success", ["code"] = StatusCodes.Status201Created };
        await Replies.NodeAsync(request.Context, status, StatusCodes.Status201Created);
    }

    /// <exception cref="KubernetesException">429: too few healthy pods would be left; 500: several budgets speak of the pod.</exception>
    private void CheckBudget(ApiRequest request)
    {
        StoreSnapshot snapshot = store.Snapshot;
        string ns = request.Path.Namespace!;
        if (snapshot.Count(Budgets, ns) == 0 || snapshot.Find(ObjectReader.Key(request.Kind.Type, ns, request.Path.Name!))?.ToJson() is not { } pod)
        {
            return;
        }

        List<JsonObject> budgets = [.. snapshot.List(Budgets, ns).Select(found => found.ToJson()).Where(budget => DisruptionState.Covers(budget, pod["metadata"]?["labels"] as JsonObject))];
        if (budgets.Count > 1)
        {
            throw Refusals.Unclassified("This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.");
        }

        if (budgets.Count == 0)
        {
            return;
        }

        DisruptionState state = DisruptionState.Of(snapshot, ns, budgets[0]);
        if (state.Allowed == 0 && !state.IsFree(budgets[0], new PodFacts(pod)))
        {
            throw Violation(Metadata.Text(Metadata.Of(budgets[0]), "name")!, state);
        }
    }

    private static KubernetesException Violation(string budget, DisruptionState state)
    {
        JsonObject cause = new()
        {
            ["reason"] = "DisruptionBudget",
            ["message"] = string.Create(CultureInfo.InvariantCulture, $"The disruption budget {budget} needs {state.Desired} healthy pods and has {state.Healthy} currently"),
        };
        return new KubernetesException(
            HttpStatusCode.TooManyRequests, StatusReasons.TooManyRequests, "Cannot evict pod as it would violate the pod's disruption budget.",
            new JsonObject { ["causes"] = new JsonArray(cause) });
    }
}
