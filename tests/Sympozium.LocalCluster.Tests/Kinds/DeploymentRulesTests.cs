using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds;

namespace Sympozium.LocalCluster.Tests.Kinds;

public sealed class DeploymentRulesTests
{
    private const string Template = """{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"x:1"}]}}""";
    private const string Selector = """{"matchLabels":{"a":"b"}}""";

    [Fact]
    public void Defaults_AreThoseOfKubernetes()
    {
        JsonObject deployment = New($$$"""{"selector":{{{Selector}}},"template":{{{Template}}}}""");

        JsonObject spec = deployment["spec"]!.AsObject();
        Samples.AssertJson("1", spec["replicas"]);
        Samples.AssertJson("""{"type":"RollingUpdate","rollingUpdate":{"maxUnavailable":"25%","maxSurge":"25%"}}""", spec["strategy"]);
        Samples.AssertJson("10", spec["revisionHistoryLimit"]);
        Samples.AssertJson("600", spec["progressDeadlineSeconds"]);
        Assert.Empty(ObjectPipeline.Validate(Samples.Core("Deployment"), deployment, null));
    }

    [Theory]
    [InlineData($$$"""{"template":{{{Template}}}}""", "spec.selector: Required value")]
    [InlineData($$$"""{"selector":{},"template":{{{Template}}}}""", "spec.selector: Invalid value: {}: empty selector is invalid for deployment")]
    [InlineData($$$"""{"selector":{"matchLabels":{"a":"c"}},"template":{{{Template}}}}""", "spec.template.metadata.labels: Invalid value: {\"a\":\"b\"}: `selector` does not match template `labels`")]
    [InlineData($$$"""{"selector":{"matchExpressions":[{"key":"a","operator":"In"}]},"template":{{{Template}}}}""", "spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'")]
    [InlineData($$$"""{"selector":{"matchExpressions":[{"key":"a","operator":"Likes"}]},"template":{{{Template}}}}""", "spec.selector.matchExpressions[0].operator: Invalid value: \"Likes\": not a valid selector operator")]
    [InlineData($$$"""{"replicas":-1,"selector":{{{Selector}}},"template":{{{Template}}}}""", "spec.replicas: Invalid value: -1: must be greater than or equal to 0")]
    [InlineData($$$"""{"strategy":{"type":"Recreate","rollingUpdate":{"maxSurge":1}},"selector":{{{Selector}}},"template":{{{Template}}}}""", "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'")]
    [InlineData($$$"""{"strategy":{"type":"Slow"},"selector":{{{Selector}}},"template":{{{Template}}}}""", "spec.strategy.type: Unsupported value: \"Slow\": supported values: \"Recreate\", \"RollingUpdate\"")]
    [InlineData($$$"""{"strategy":{"rollingUpdate":{"maxSurge":0,"maxUnavailable":0}},"selector":{{{Selector}}},"template":{{{Template}}}}""", "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0")]
    [InlineData($$$"""{"strategy":{"rollingUpdate":{"maxUnavailable":"101%"}},"selector":{{{Selector}}},"template":{{{Template}}}}""", "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: \"101%\": must not be greater than 100%")]
    [InlineData($$$"""{"strategy":{"rollingUpdate":{"maxSurge":"a lot"}},"selector":{{{Selector}}},"template":{{{Template}}}}""", "spec.strategy.rollingUpdate.maxSurge: Invalid value: \"a lot\": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')")]
    [InlineData($$$"""{"progressDeadlineSeconds":5,"minReadySeconds":5,"selector":{{{Selector}}},"template":{{{Template}}}}""", "spec.progressDeadlineSeconds: Invalid value: 5: must be greater than minReadySeconds")]
    public void Validate_BadSpec_SaysWhatIsWrong(string spec, string expected)
    {
        IEnumerable<string> problems = ObjectPipeline.Validate(Samples.Core("Deployment"), New(spec), null).Select(problem => $"{problem.Path}: {problem.Message}");

        Assert.Contains(expected, problems);
    }

    [Fact]
    public void Validate_ChangedSelector_IsRefused()
    {
        JsonObject before = New($$$"""{"selector":{{{Selector}}},"template":{{{Template}}}}""");
        JsonObject after = New($$$"""{"selector":{"matchExpressions":[{"key":"a","operator":"Exists"}]},"template":{{{Template}}}}""");

        FieldProblem problem = Assert.Single(ObjectPipeline.Validate(Samples.Core("Deployment"), after, before));

        Assert.Equal(("spec.selector", "Invalid value: {\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"Exists\"}]}: field is immutable"), (problem.Path, problem.Message));
    }

    [Fact]
    public void ValidateStatus_MoreReadyThanThere_IsRefused()
    {
        JsonObject before = New($$$"""{"selector":{{{Selector}}},"template":{{{Template}}}}""");
        JsonObject after = before.DeepClone().AsObject();
        after["status"] = JsonNode.Parse("""{"replicas":1,"readyReplicas":2}""");

        FieldProblem problem = Assert.Single(ObjectPipeline.Validate(Samples.Core("Deployment"), after, before, "status"));

        Assert.Equal(("status.readyReplicas", "Invalid value: 2: cannot be greater than status.replicas"), (problem.Path, problem.Message));
    }

    private static JsonObject New(string spec)
    {
        JsonObject deployment = JsonNode.Parse($$"""{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d","namespace":"n","uid":"u"},"spec":{{spec}}}""")!.AsObject();
        ObjectPipeline.ApplyDefaults(Samples.Core("Deployment"), deployment);
        return deployment;
    }
}
