using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Rules.Pods;

/// <summary>Job: defaults, the selector and labels that the server makes, validation and what may change.</summary>
internal sealed class JobRules : KindRules
{
    private const string ControllerUid = "batch.kubernetes.io/controller-uid";
    private const string JobName = "batch.kubernetes.io/job-name";
    private const string LegacyControllerUid = "controller-uid";
    private const string LegacyJobName = "job-name";
    private const int MaxIndexed = 100_000;

    private static readonly string[] Counts = ["parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished", "backoffLimitPerIndex", "maxFailedIndexes"];

    public override void ApplyDefaults(JsonObject obj)
    {
        JsonObject spec = obj.Ensure("spec");
        if (spec["parallelism"] is null)
        {
            spec.Default("completions", 1);
            spec["parallelism"] = 1;
        }

        spec.Default("backoffLimit", spec["backoffLimitPerIndex"] is null ? 6 : int.MaxValue);
        spec.Default("completionMode", "NonIndexed");
        spec.Default("suspend", false);
        spec.Default("manualSelector", false);
        spec.Default("podReplacementPolicy", spec["podFailurePolicy"] is null ? "TerminatingOrFailed" : "Failed");
        foreach ((_, JsonObject rule) in spec.Map("podFailurePolicy").Items("rules"))
        {
            foreach ((_, JsonObject pattern) in rule.Items("onPodConditions"))
            {
                pattern.Default("status", "True");
            }
        }

        JsonObject template = spec.Ensure("template");
        template.Ensure("metadata");
        PodDefaults.Apply(template.Ensure("spec"));
        LabelsOfTemplate(obj);
        obj.Ensure("status");
    }

    public override void PrepareForCreate(JsonObject obj)
    {
        obj["status"] = new JsonObject();
        JsonObject spec = obj.Ensure("spec");
        if (!spec.IsTrue("manualSelector"))
        {
            string uid = obj.Map("metadata").Text("uid");
            string name = obj.Map("metadata").Text("name");
            JsonObject labels = spec.Ensure("template").Ensure("metadata").Ensure("labels");
            labels[ControllerUid] = uid;
            labels[JobName] = name;
            labels[LegacyControllerUid] = uid;
            labels[LegacyJobName] = name;
            spec.Ensure("selector").Ensure("matchLabels")[ControllerUid] = uid;
        }

        LabelsOfTemplate(obj);
    }

    public override void PrepareForUpdate(JsonObject obj, JsonObject old) => obj["status"] = old["status"]?.DeepClone();

    public override void Validate(JsonObject obj, JsonObject? old, List<FieldProblem> problems)
    {
        JsonObject spec = obj.Map("spec") ?? [];
        Selector(obj, spec, problems);
        foreach (string field in Counts)
        {
            problems.NotNegative($"spec.{field}", spec[field]);
        }

        if (GoJson.Text(spec["managedBy"]) is { } manager)
        {
            Manager(manager, problems);
        }

        problems.OneOf("spec.completionMode", spec["completionMode"], required: false, "NonIndexed", "Indexed");
        problems.OneOf("spec.podReplacementPolicy", spec["podReplacementPolicy"], required: false, "Failed", "TerminatingOrFailed");
        if (spec.Text("completionMode") == "Indexed")
        {
            Indexed(spec, problems);
        }
        else
        {
            NotIndexed(spec, problems);
        }

        if (spec["maxFailedIndexes"] is not null && spec["backoffLimitPerIndex"] is null)
        {
            problems.Required("spec.backoffLimitPerIndex", "when maxFailedIndexes is specified");
        }

        JsonObject? template = spec.Map("template");
        MetadataRules.Labels(template.Map("metadata").Map("labels"), "spec.template.metadata.labels", problems);
        MetadataRules.Annotations(template.Map("metadata").Map("annotations"), "spec.template.metadata.annotations", problems);
        JsonObject pod = template.Map("spec") ?? [];
        PodValidation.Spec(pod, "spec.template.spec", problems);
        if (pod.Text("restartPolicy") == "Always")
        {
            problems.Required("spec.template.spec.restartPolicy", "valid values: \"OnFailure\", \"Never\"");
        }

        JobFailurePolicy.Validate(spec, pod, problems);
        if (old?.Map("spec") is { } before)
        {
            Update(spec, before, old, problems);
        }
    }

    /// <summary>A job without labels of its own shows those of its template.</summary>
    private static void LabelsOfTemplate(JsonObject obj)
    {
        JsonObject metadata = obj.Ensure("metadata");
        if (metadata.Map("labels") is not { Count: > 0 } && obj.Map("spec").Map("template").Map("metadata").Map("labels") is { Count: > 0 } labels)
        {
            metadata["labels"] = labels.DeepClone();
        }
    }

    private static void Selector(JsonObject obj, JsonObject spec, List<FieldProblem> problems)
    {
        JsonObject? selector = spec.Map("selector");
        if (selector is null)
        {
            problems.Required("spec.selector");
            return;
        }

        JsonObject expected = new() { ["matchLabels"] = new JsonObject { [ControllerUid] = obj.Map("metadata").Text("uid") } };
        JsonObject legacy = new() { ["matchLabels"] = new JsonObject { [LegacyControllerUid] = obj.Map("metadata").Text("uid") } };
        if (!spec.IsTrue("manualSelector") && !JsonNode.DeepEquals(selector, expected) && !JsonNode.DeepEquals(selector, legacy))
        {
            problems.Invalid("spec.selector", selector, "`selector` not auto-generated");
        }

        JsonObject? labels = spec.Map("template").Map("metadata").Map("labels");
        bool matches = (selector.Map("matchLabels") ?? []).All(pair => JsonNode.DeepEquals(labels?[pair.Key], pair.Value));
        if (!matches)
        {
            problems.Invalid("spec.template.metadata.labels", labels, "`selector` does not match template `labels`");
        }
    }

    private static void Indexed(JsonObject spec, List<FieldProblem> problems)
    {
        if (spec["completions"] is null)
        {
            problems.Required("spec.completions", "when completion mode is Indexed");
        }

        if (spec.Integer("maxFailedIndexes") is { } most && most > spec.Integer("completions"))
        {
            problems.Invalid("spec.maxFailedIndexes", spec["maxFailedIndexes"], "must be less than or equal to completions");
        }

        if (spec.Map("successPolicy") is { } success && spec.Integer("completions") is { } completions)
        {
            SuccessPolicyRules.Validate(success, completions, problems);
        }

        if (spec.Integer("parallelism") is > MaxIndexed)
        {
            problems.Invalid("spec.parallelism", spec["parallelism"], "must be less than or equal to 100000 when completion mode is Indexed");
        }
    }

    private static void NotIndexed(JsonObject spec, List<FieldProblem> problems)
    {
        foreach (string field in (string[])["backoffLimitPerIndex", "maxFailedIndexes", "successPolicy"])
        {
            if (spec[field] is { } value)
            {
                problems.Invalid($"spec.{field}", value, "requires indexed completion mode");
            }
        }
    }

    private static void Update(JsonObject spec, JsonObject before, JsonObject old, List<FieldProblem> problems)
    {
        bool elastic = spec.Text("completionMode") == "Indexed" && spec["completions"] is not null && JsonNode.DeepEquals(spec["completions"], spec["parallelism"]);
        if (!elastic)
        {
            problems.Immutable("spec.completions", spec["completions"], before["completions"]);
        }

        problems.Immutable("spec.selector", spec["selector"], before["selector"]);
        foreach (string field in (string[])["completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy", "successPolicy"])
        {
            problems.Immutable($"spec.{field}", spec[field], before[field]);
        }

        bool notStarted = before.IsTrue("suspend") && old.Map("status")?["startTime"] is null;
        problems.Immutable("spec.template", Template(spec, notStarted), Template(before, notStarted));
    }

    /// <summary>A suspended job that never ran may still be steered to other nodes, no more.</summary>
    private static JsonObject Template(JsonObject spec, bool notStarted)
    {
        JsonObject template = spec.Map("template")?.DeepClone().AsObject() ?? [];
        if (notStarted && template.Map("spec") is { } pod)
        {
            foreach (string field in (string[])["affinity", "nodeSelector", "tolerations", "schedulingGates"])
            {
                pod.Remove(field);
            }

            template.Map("metadata")?.Remove("labels");
            template.Map("metadata")?.Remove("annotations");
        }

        return template;
    }

    private static void Manager(string manager, List<FieldProblem> problems)
    {
        const string Path = "spec.managedBy";
        int slash = manager.IndexOf('/', StringComparison.Ordinal);
        if (manager.Length == 0)
        {
            problems.Required(Path);
        }
        else if (slash <= 0 || slash == manager.Length - 1)
        {
            problems.Invalid(Path, manager, ["must be a domain-prefixed path (such as \"acme.io/foo\")"]);
        }
        else
        {
            problems.Invalid(Path, manager[..slash], Names.Subdomain(manager[..slash]));
        }
    }
}
