using System.Globalization;
using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Rules;

/// <summary>
/// Event: what it is about must be in its own namespace. One with an <c>eventTime</c> says more of itself; one that is written as
/// <c>events.k8s.io/v1</c> must be of that newer form.
/// </summary>
/// <param name="isNew">Whether the rules are those of <c>events.k8s.io/v1</c>.</param>
internal sealed class EventRules(bool isNew) : KindRules
{
    private const int LongestWord = 128;
    private const int LongestNote = 1_024;

    private string About => isNew ? "regarding" : "involvedObject";

    private string Controller => isNew ? "reportingController" : "reportingComponent";

    public override void ApplyDefaults(JsonObject obj)
    {
        if (isNew)
        {
            return;
        }

        obj.Ensure("involvedObject");
        obj.Ensure("source");
        foreach (string time in (string[])["eventTime", "firstTimestamp", "lastTimestamp"])
        {
            obj.TryAdd(time, null);
        }

        obj.Default("reportingComponent", "");
        obj.Default("reportingInstance", "");
    }

    public override void Validate(JsonObject obj, JsonObject? old, List<FieldProblem> problems)
    {
        string ns = obj.Map("metadata").Text("namespace");
        string involved = obj.Map(About).Text("namespace");
        if (obj.Text("eventTime").Length == 0)
        {
            if (involved.Length == 0 ? ns != "default" : involved != ns)
            {
                problems.Invalid("involvedObject.namespace", involved, ["does not match event.namespace"]);
            }
        }
        else
        {
            if (involved.Length == 0 && ns is not ("default" or "kube-system"))
            {
                problems.Invalid("involvedObject.namespace", involved, ["does not match event.namespace"]);
            }

            ValidateReport(obj, problems);
        }

        if (isNew && old is null)
        {
            ValidateNew(obj, problems);
        }
    }

    private void ValidateReport(JsonObject obj, List<FieldProblem> problems)
    {
        string controller = obj.Text(Controller);
        if (controller.Length == 0)
        {
            problems.Required(Controller);
        }

        problems.Invalid(Controller, controller, Names.QualifiedName(controller));
        foreach (string word in (string[])["reportingInstance", "action", "reason"])
        {
            string text = obj.Text(word);
            if (text.Length == 0)
            {
                problems.Required(word);
            }

            Bound(word, text, LongestWord, problems);
        }

        Bound("message", obj.Text(isNew ? "note" : "message"), LongestNote, problems);
    }

    private static void ValidateNew(JsonObject obj, List<FieldProblem> problems)
    {
        if (obj.Text("eventTime").Length == 0)
        {
            problems.Required("eventTime");
        }

        string type = obj.Text("type");
        if (type is not ("Normal" or "Warning"))
        {
            problems.Invalid("type", "", [$"has invalid value: {type}"]);
        }

        foreach ((string written, string shown) in ((string, string)[])[
            ("deprecatedFirstTimestamp", "firstTimestamp"), ("deprecatedLastTimestamp", "lastTimestamp"), ("deprecatedCount", "count")])
        {
            if (obj[written] is not null && obj.Integer(written) != 0)
            {
                problems.Invalid(shown, "", ["needs to be unset"]);
            }
        }

        if (obj.Map("deprecatedSource") is { Count: > 0 })
        {
            problems.Invalid("source", "", ["needs to be unset"]);
        }
    }

    private static void Bound(string path, string text, int most, List<FieldProblem> problems)
    {
        if (text.Length > most)
        {
            problems.Invalid(path, "", [string.Create(CultureInfo.InvariantCulture, $"can have at most {most} characters")]);
        }
    }
}
