using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Kinds;

namespace Sympozium.LocalCluster.Tests.Kinds;

public sealed class WorkloadTests
{
    private const string Template = """{"spec":{"restartPolicy":"Never","containers":[{"name":"c","image":"x:1"}]}}""";

    [Theory]
    [InlineData("busybox", "Always")]
    [InlineData("busybox:latest", "Always")]
    [InlineData("registry:5000/busybox", "Always")]
    [InlineData("registry:5000/busybox:1.2", "IfNotPresent")]
    [InlineData("busybox@sha256:abc", "IfNotPresent")]
    public void PodDefaults_PullPolicy_FollowsTheTag(string image, string expected)
    {
        JsonObject pod = Samples.NewPod($$"""{"containers":[{"name":"c","image":"{{image}}"}]}""");

        ObjectPipeline.ApplyDefaults(Samples.Core("Pod"), pod);

        Assert.Equal(expected, pod["spec"]!["containers"]![0]!["imagePullPolicy"]!.GetValue<string>());
    }

    [Fact]
    public void PodDefaults_AreThoseOfKubernetes()
    {
        JsonObject pod = Samples.NewPod("""
            {"containers":[{"name":"c","image":"x:1","env":[{"name":"E","value":"","valueFrom":null}],"livenessProbe":{"httpGet":{"port":80}},
             "resources":{"limits":{"cpu":"0.5","memory":"1024Mi"}}}],
             "volumes":[{"name":"a"},{"name":"b","secret":{"secretName":"s"}},{"name":"c","projected":{"sources":[{"serviceAccountToken":{"path":"t"}}]}}]}
            """);

        ObjectPipeline.ApplyDefaults(Samples.Core("Pod"), pod);
        ObjectPipeline.PrepareForCreate(Samples.Core("Pod"), pod);

        JsonObject spec = pod["spec"]!.AsObject();
        Samples.AssertJson("30", spec["terminationGracePeriodSeconds"]);
        Assert.Equal("ClusterFirst", spec["dnsPolicy"]!.GetValue<string>());
        Assert.Equal("Always", spec["restartPolicy"]!.GetValue<string>());
        Samples.AssertJson("{}", spec["securityContext"]);
        Samples.AssertJson(
            """
            [{"name":"a","emptyDir":{}},{"name":"b","secret":{"secretName":"s","defaultMode":420}},
             {"name":"c","projected":{"sources":[{"serviceAccountToken":{"path":"t","expirationSeconds":3600}}],"defaultMode":420}}]
            """,
            spec["volumes"]);
        Samples.AssertJson(
            """{"limits":{"cpu":"500m","memory":"1Gi"},"requests":{"cpu":"500m","memory":"1Gi"}}""", spec["containers"]![0]!["resources"]);
        Samples.AssertJson("""[{"name":"E"}]""", spec["containers"]![0]!["env"]);
        Samples.AssertJson(
            """{"httpGet":{"port":80,"path":"/","scheme":"HTTP"},"timeoutSeconds":1,"periodSeconds":10,"successThreshold":1,"failureThreshold":3}""",
            spec["containers"]![0]!["livenessProbe"]);
        Samples.AssertJson("""{"phase":"Pending","qosClass":"Guaranteed"}""", pod["status"]);
    }

    [Theory]
    [InlineData("""{"containers":[]}""", "spec.containers: Required value")]
    [InlineData("""{"containers":[{"name":"c","image":"x"},{"name":"c","image":"y"}]}""", "spec.containers[1].name: Duplicate value: \"c\"")]
    [InlineData("""{"containers":[{"name":"c","image":"x"}],"restartPolicy":"Sometimes"}""",
        "spec.restartPolicy: Unsupported value: \"Sometimes\": supported values: \"Always\", \"OnFailure\", \"Never\"")]
    [InlineData("""{"containers":[{"name":"c","image":"x","volumeMounts":[{"name":"v","mountPath":"/v"}]}]}""",
        "spec.containers[0].volumeMounts[0].name: Not found: \"v\"")]
    [InlineData("""{"containers":[{"name":"c","image":"x","env":[{"name":"A","value":"1","valueFrom":{"fieldRef":{"fieldPath":"metadata.name"}}}]}]}""",
        "spec.containers[0].env[0].valueFrom: Invalid value: \"\": may not be specified when `value` is not empty")]
    [InlineData("""{"containers":[{"name":"c","image":"x","resources":{"limits":{"cpu":"1"},"requests":{"cpu":"1500m"}}}]}""",
        "spec.containers[0].resources.requests: Invalid value: \"1500m\": must be less than or equal to cpu limit of 1")]
    [InlineData("""{"containers":[{"name":"c","image":"x"}],"activeDeadlineSeconds":0}""",
        "spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive")]
    [InlineData("""{"containers":[{"name":"c","image":"x"}],"volumes":[{"name":"v","emptyDir":{},"secret":{"secretName":"s"}}]}""",
        "spec.volumes[0].secret: Forbidden: may not specify more than 1 volume type")]
    [InlineData("""{"containers":[{"name":"c","image":"x"}],"initContainers":[{"name":"i","image":"x","startupProbe":{"exec":{"command":["x"]}}}]}""",
        "spec.initContainers[0].startupProbe: Forbidden: may not be set for init containers without restartPolicy=Always")]
    public void PodValidation_OneProblem_SaysItAsTheApiServerDoes(string spec, string expected) =>
        Assert.Equal([expected], Samples.Problems(Samples.Core("Pod"), Samples.NewPod(spec)));

    [Theory]
    [InlineData("""{"containers":[{"name":"c","env":[{"name":"A","value":1}]}]}""",
        "json: cannot unmarshal number into Go struct field EnvVar.spec.containers.env.value of type string")]
    [InlineData("""{"containers":{}}""", "json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container")]
    [InlineData("""{"hostNetwork":"yes"}""", "json: cannot unmarshal string into Go struct field PodSpec.spec.hostNetwork of type bool")]
    [InlineData("""{"priority":3000000000}""", "json: cannot unmarshal number 3000000000 into Go struct field PodSpec.spec.priority of type int32")]
    [InlineData("""{"containers":[{"name":"c","resources":{"limits":{"cpu":"lots"}}}]}""",
        "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")]
    public void CheckDecodable_WrongType_Is400InGosWords(string spec, string expected)
    {
        KubernetesException refused = Assert.Throws<KubernetesException>(() => ObjectPipeline.CheckDecodable(Samples.Core("Pod"), Samples.NewPod(spec)));

        Assert.Equal(400, (int)refused.Code);
        Assert.Equal($"Pod in version \"v1\" cannot be handled as a Pod: {expected}", refused.Message);
    }

    [Fact]
    public void PodUpdate_ImageMayChange_CommandMayNot()
    {
        KindDefinition kind = Samples.Core("Pod");
        JsonObject old = Samples.NewPod("""{"containers":[{"name":"c","image":"x:1"}]}""");
        Samples.Problems(kind, old);
        JsonObject image = old.DeepClone().AsObject();
        image["spec"]!["containers"]![0]!["image"] = "x:2";
        JsonObject command = old.DeepClone().AsObject();
        command["spec"]!["containers"]![0]!["command"] = new JsonArray("x");

        Assert.Empty(ObjectPipeline.Validate(kind, image, old));
        FieldProblem problem = Assert.Single(ObjectPipeline.Validate(kind, command, old));
        Assert.Equal(("spec", ProblemReasons.Forbidden), (problem.Path, problem.Reason));
    }

    [Fact]
    public void JobDefaults_AreThoseOfKubernetes()
    {
        JsonObject job = Samples.NewJob($$"""{"template":{{Template}}}""");

        Assert.Empty(Samples.Problems(Samples.Core("Job"), job));

        JsonObject spec = job["spec"]!.AsObject();
        const string Labels = """
            {"batch.kubernetes.io/controller-uid":"u-1","batch.kubernetes.io/job-name":"j","controller-uid":"u-1","job-name":"j"}
            """;
        Samples.AssertJson("""{"matchLabels":{"batch.kubernetes.io/controller-uid":"u-1"}}""", spec["selector"]);
        Samples.AssertJson(Labels, spec["template"]!["metadata"]!["labels"]);
        Samples.AssertJson(Labels, job["metadata"]!["labels"]);
        spec.Remove("template");
        spec.Remove("selector");
        Samples.AssertJson(
            """
            {"backoffLimit":6,"completionMode":"NonIndexed","completions":1,"manualSelector":false,"parallelism":1,
             "podReplacementPolicy":"TerminatingOrFailed","suspend":false}
            """,
            spec);
        Samples.AssertJson("{}", job["status"]);
    }

    [Theory]
    [InlineData("""{"template":{"spec":{"containers":[{"name":"c","image":"x"}]}}}""",
        "spec.template.spec.restartPolicy: Required value: valid values: \"OnFailure\", \"Never\"")]
    [InlineData("""{"parallelism":-1,"template":""" + Template + "}", "spec.parallelism: Invalid value: -1: must be greater than or equal to 0")]
    [InlineData("""{"completionMode":"Odd","template":""" + Template + "}", "spec.completionMode: Unsupported value: \"Odd\": supported values: \"NonIndexed\", \"Indexed\"")]
    [InlineData("""{"podFailurePolicy":{"rules":[{"action":"FailJob","onExitCodes":{"operator":"In","values":[0]}}]},"template":""" + Template + "}",
        "spec.podFailurePolicy.rules[0].onExitCodes.values[0]: Invalid value: 0: must not be 0 for the In operator")]
    [InlineData("""{"completionMode":"Indexed","completions":3,"successPolicy":{"rules":[{"succeededIndexes":"x"}]},"template":""" + Template + "}",
        "spec.successPolicy.rules[0].succeededIndexes: Invalid value: \"x\": error parsing succeededIndexes: cannot convert string to integer for index: \"x\"")]
    [InlineData("""{"completionMode":"Indexed","completions":3,"successPolicy":{"rules":[{"succeededIndexes":"0-5"}]},"template":""" + Template + "}",
        "spec.successPolicy.rules[0].succeededIndexes: Invalid value: \"0-5\": error parsing succeededIndexes: too large index: \"5\"")]
    [InlineData("""{"completionMode":"Indexed","completions":3,"successPolicy":{"rules":[{"succeededIndexes":"2,1"}]},"template":""" + Template + "}",
        "spec.successPolicy.rules[0].succeededIndexes: Invalid value: \"2,1\": error parsing succeededIndexes: non-increasing order, previous: 2, current: 1")]
    [InlineData("""{"completionMode":"Indexed","completions":3,"successPolicy":{"rules":[{"succeededIndexes":"0","succeededCount":2}]},"template":""" + Template + "}",
        "spec.successPolicy.rules[0].succeededCount: Invalid value: 2: must be less than or equal to 1 (the number of indexes in the specified succeededIndexes field)")]
    public void JobValidation_OneProblem_SaysItAsTheApiServerDoes(string spec, string expected) =>
        Assert.Equal([expected], Samples.Problems(Samples.Core("Job"), Samples.NewJob(spec)));

    [Fact]
    public void JobUpdate_TemplateAndCompletions_AreImmutable()
    {
        KindDefinition kind = Samples.Core("Job");
        JsonObject old = Samples.NewJob($$"""{"template":{{Template}}}""");
        Samples.Problems(kind, old);
        JsonObject next = old.DeepClone().AsObject();
        next["spec"]!["template"]!["spec"]!["containers"]![0]!["image"] = "x:2";
        next["spec"]!["completions"] = 2;
        next["spec"]!["parallelism"] = 5;

        Assert.Equal(["spec.completions", "spec.template"], ObjectPipeline.Validate(kind, next, old).Select(problem => problem.Path));
    }
}
