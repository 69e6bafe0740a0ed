using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Identity;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Kinds.Rules;
using Sympozium.LocalCluster.Objects;

namespace Sympozium.LocalCluster.Admission.Webhooks;

/// <summary>The <c>admission.k8s.io/v1 AdmissionReview</c>: what is asked, and what an answer says.</summary>
internal static class WebhookReview
{
    private const string Version = "admission.k8s.io/v1";
    private const string Kind = "AdmissionReview";

    /// <param name="request">The write.</param>
    /// <param name="kind">The version of the kind that the webhook wants to see.</param>
    /// <param name="uid">Identity of this question; the answer must repeat it.</param>
    public static JsonObject Ask(AdmissionRequest request, KindDefinition kind, string uid)
    {
        bool isDeletion = request.Operation == AdmissionOperation.Delete;
        JsonObject metadata = request.Resource.Map("metadata") ?? [];
        JsonObject asked = new()
        {
            ["uid"] = uid,
            ["kind"] = KindOf(kind),
            ["resource"] = ResourceOf(kind),
        };
        Put(asked, "subResource", request.Subresource);
        asked["requestKind"] = KindOf(request.Kind);
        asked["requestResource"] = ResourceOf(request.Kind);
        Put(asked, "requestSubResource", request.Subresource);
        Put(asked, "name", metadata.Text("name"));
        Put(asked, "namespace", ObjectRemover.IsNamespace(request.Kind) ? metadata.Text("name") : metadata.Text("namespace"));
        asked["operation"] = request.Operation.ToString().ToUpperInvariant();
        asked["userInfo"] = User(request.User);
        asked["object"] = isDeletion ? null : InVersion(kind, request.Resource);
        asked["oldObject"] = isDeletion ? InVersion(kind, request.Resource) : request.Old is null ? null : InVersion(kind, request.Old);
        asked["dryRun"] = request.DryRun;
        asked["options"] = Options(request);
        return new JsonObject { ["kind"] = Kind, ["apiVersion"] = Version, ["request"] = asked };
    }

    /// <exception cref="WebhookCallException">Not a review, not of this question, or contradictory.</exception>
    public static WebhookAnswer Read(JsonNode? body, string uid, bool mutates)
    {
        if (body is not JsonObject review || review.Text("kind") != Kind || review.Text("apiVersion") != Version)
        {
            string apiVersion = (body as JsonObject).Text("apiVersion");
            int slash = apiVersion.IndexOf('/', StringComparison.Ordinal);
            string shown = slash < 0 ? $"/{apiVersion}" : apiVersion;
            throw Invalid($"expected webhook response of {Version}, Kind={Kind}, got {shown}, Kind={(body as JsonObject).Text("kind")}");
        }

        if (review.Map("response") is not { } response)
        {
            throw Invalid("webhook response was absent");
        }

        if (response.Text("uid") != uid)
        {
            throw Invalid($"expected response.uid={GoJson.Quote(uid)}, got {GoJson.Quote(response.Text("uid"))}");
        }

        JsonArray? patch = mutates ? Patch(response) : null;
        List<string> warnings = [.. (response["warnings"] as JsonArray ?? []).Select(warning => GoJson.Text(warning) ?? "")];
        return new WebhookAnswer(response.IsTrue("allowed"), response.Map("status"), patch, warnings);
    }

    /// <summary>The refusal as the client of the write gets it.</summary>
    public static KubernetesException Denial(string webhook, JsonObject? status)
    {
        string denied = $"admission webhook {GoJson.Quote(webhook)} denied the request";
        string message = status.Text("message");
        string reason = status.Text("reason");
        long code = Math.Max(status.Integer("code") ?? 0, (long)HttpStatusCode.BadRequest);
        string why = message.Length > 0 ? $": {message}" : reason.Length > 0 ? $": {reason}" : " without explanation";
        return new KubernetesException((HttpStatusCode)code, reason, denied + why, status.Map("details"));
    }

    private static JsonArray? Patch(JsonObject response)
    {
        string type = response.Text("patchType");
        string encoded = response.Text("patch");
        if (encoded.Length == 0)
        {
            return type.Length == 0 ? null : throw Invalid("webhook returned response.patchType but not response.patch");
        }

        if (type != "JSONPatch")
        {
            throw Invalid(type.Length == 0
                ? "webhook returned response.patch but not response.patchType"
                : $"webhook returned invalid response.patchType of {GoJson.Quote(type)}");
        }

        try
        {
            return JsonNode.Parse(Convert.FromBase64String(encoded)) as JsonArray
                ?? throw Invalid("response.patch is not a list of operations");
        }
        catch (Exception exception) when (exception is FormatException or JsonException)
        {
            throw Invalid($"response.patch cannot be read: {exception.Message}");
        }
    }

    private static WebhookCallException Invalid(string why) => new($"received invalid webhook response: {why}");

    private static JsonObject KindOf(KindDefinition kind) =>
        new() { ["group"] = kind.Type.Group, ["version"] = kind.Type.Version, ["kind"] = kind.Type.Kind };

    private static JsonObject ResourceOf(KindDefinition kind) =>
        new() { ["group"] = kind.Type.Group, ["version"] = kind.Type.Version, ["resource"] = kind.Type.Plural };

    private static JsonObject InVersion(KindDefinition kind, JsonObject resource)
    {
        JsonObject shown = resource.DeepClone().AsObject();
        shown["apiVersion"] = kind.Type.ApiVersion;
        return shown;
    }

    private static JsonObject User(UserInfo user)
    {
        JsonObject shown = new() { ["username"] = user.Name };
        Put(shown, "uid", user.Uid);
        if (user.Groups.Count > 0)
        {
            shown["groups"] = new JsonArray([.. user.Groups.Select(group => (JsonNode)group)]);
        }

        if (user.Extra.Count > 0)
        {
            JsonObject extra = [];
            foreach ((string key, IReadOnlyList<string> values) in user.Extra)
            {
                extra[key] = new JsonArray([.. values.Select(value => (JsonNode)value)]);
            }

            shown["extra"] = extra;
        }

        return shown;
    }

    private static JsonObject Options(AdmissionRequest request)
    {
        JsonObject options = new() { ["kind"] = $"{request.Operation}Options", ["apiVersion"] = "meta.k8s.io/v1" };
        if (request.Removal is { } removal)
        {
            Put(options, "propagationPolicy", removal.PropagationPolicy);
            if (removal.GracePeriodSeconds is { } grace)
            {
                options["gracePeriodSeconds"] = JsonNode.Parse(grace.ToString(CultureInfo.InvariantCulture));
            }

            if (removal.Uid is not null || removal.ResourceVersion is not null)
            {
                JsonObject preconditions = [];
                Put(preconditions, "uid", removal.Uid);
                Put(preconditions, "resourceVersion", removal.ResourceVersion);
                options["preconditions"] = preconditions;
            }
        }

        if (request.DryRun)
        {
            options["dryRun"] = new JsonArray("All");
        }

        Put(options, "fieldManager", request.Options?.FieldManager);
        Put(options, "fieldValidation", request.Options?.FieldValidation is FieldValidation.Strict or FieldValidation.Ignore ? request.Options.FieldValidation.ToString() : null);
        return options;
    }

    private static void Put(JsonObject json, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            json[name] = value;
        }
    }
}

/// <summary>What a webhook said.</summary>
internal sealed record WebhookAnswer(bool IsAllowed, JsonObject? Status, JsonArray? Patch, IReadOnlyList<string> Warnings);
