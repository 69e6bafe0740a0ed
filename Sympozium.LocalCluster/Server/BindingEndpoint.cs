using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Kinds.Rules;
using Sympozium.LocalCluster.Objects;

namespace Sympozium.LocalCluster.Server;

/// <summary>The subresource by which a scheduler of somebody's own gives a pod its node.</summary>
internal sealed class BindingEndpoint(ObjectVerbs verbs)
{
    public static bool IsAsked(ApiRequest request) => ObjectRemover.IsPod(request.Kind) && request.Path.Subresource == ObjectEditor.Binding;

    public async Task HandleAsync(ApiRequest request)
    {
        if (request.Context.Request.Method != HttpMethods.Post)
        {
            throw Refusals.MethodNotAllowed();
        }

        JsonObject binding = await RequestBody.ReadOptionsAsync(request.Context) ?? [];
        JsonObject? target = binding.Map("target");
        if (target.Text("kind") is not ("" or "Node"))
        {
            throw Refusals.Unclassified($"target.kind: Unsupported value: \"{target.Text("kind")}\": supported values: \"Node\", \"<empty>\"");
        }

        string node = target.Text("name");
        if (node.Length == 0)
        {
            throw Refusals.Unclassified("target.name: Required value");
        }

        string name = request.Path.Name!;
        List<FieldProblem> problems = [];
        WriteOptions options = new() { DryRun = QueryOptions.DryRun(request.Query["dryRun"], problems), User = request.User, FieldManager = request.Query["fieldManager"].ToString() is { Length: > 0 } manager ? manager : null };
        if (problems.Count > 0)
        {
            throw Refusals.InvalidOptions("CreateOptions", [.. problems]);
        }

        await verbs.Editor.PatchAsync(request.Kind, request.Path.Namespace, name, ObjectEditor.Binding, Bind, options, request.Aborted);
        JsonObject status = new() { ["kind"] = "Status", ["apiVersion"] = "v1", ["metadata"] = new JsonObject(), ["status"] = "Success", ["code"] = StatusCodes.Status201Created };
        await Replies.NodeAsync(request.Context, status, StatusCodes.Status201Created);

        JsonObject Bind(JsonObject pod)
        {
            if (WhyNot(pod, name) is { } why)
            {
                throw Refusals.Conflict(request.Kind.Type with { Plural = "pods/binding" }, name, why);
            }

            pod.Ensure("spec")["nodeName"] = node;
            foreach ((string key, JsonNode? value) in binding.Map("metadata").Map("annotations") ?? [])
            {
                pod.Ensure("metadata").Ensure("annotations")[key] = value?.DeepClone();
            }

            return pod;
        }
    }

    private static string? WhyNot(JsonObject pod, string name) => pod switch
    {
        _ when Metadata.IsDeleting(pod) => $"pod {name} is being deleted, cannot be assigned to a host",
        _ when pod.Map("spec").Text("nodeName") is { Length: > 0 } taken => $"pod {name} is already assigned to node \"{taken}\"",
        _ when pod.Map("spec")?["schedulingGates"] is JsonArray { Count: > 0 } => $"pod {name} has non-empty .spec.schedulingGates",
        _ => null,
    };
}
