using System.Text.Json.Nodes;
using Sympozium.Abstractions.Resources;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Kinds;

namespace Sympozium.LocalCluster.Tests.Kinds;

public sealed class CoreObjectTests
{
    [Theory]
    [InlineData("""{"name":"Upper"}""", "metadata.name: Invalid value: \"Upper\": a lowercase RFC 1123 subdomain must consist of")]
    [InlineData("""{"name":"a","labels":{"a/b/c":"x"}}""", "metadata.labels: Invalid value: \"a/b/c\": a valid label key must consist of")]
    [InlineData("""{"name":"a","labels":{"a":"-x"}}""", "metadata.labels: Invalid value: \"-x\": a valid label must be an empty string or")]
    [InlineData("""{"name":"a","labels":{"/a":"x"}}""", "metadata.labels: Invalid value: \"/a\": prefix part must be non-empty")]
    [InlineData("""{"name":"a","finalizers":["x"]}""", "metadata.finalizers[0]: Invalid value: \"x\": name is neither a standard finalizer name nor")]
    [InlineData("""{"name":"a","ownerReferences":[{"apiVersion":"v1","kind":"Pod","name":"p"}]}""", "metadata.ownerReferences.uid: Invalid value: \"\": must not be empty")]
    [InlineData("""{"labels":{}}""", "metadata.name: Required value: name or generateName is required")]
    public void Metadata_OneProblem_SaysItAsTheApiServerDoes(string metadata, string expected)
    {
        JsonObject map = Samples.Parse($$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{{metadata}}}""");

        string problem = Assert.Single(Samples.Problems(Samples.Core("ConfigMap"), map));

        Assert.StartsWith(expected, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Metadata_Update_KeepsIdentityAndAddsNoFinalizerToTheDying()
    {
        JsonObject old = Samples.Parse("""{"metadata":{"name":"a","namespace":"n","uid":"1","deletionTimestamp":"2026-01-01T00:00:00Z","finalizers":["k.io/a"]}}""");
        JsonObject next = Samples.Parse("""{"metadata":{"name":"b","namespace":"n","uid":"2","deletionTimestamp":"2026-01-01T00:00:00Z","finalizers":["k.io/a","k.io/b"]}}""");

        List<FieldProblem> problems = ObjectPipeline.Validate(Samples.Core("ConfigMap"), next, old);

        Assert.Equal(["metadata.finalizers", "metadata.name", "metadata.uid"], problems.Select(problem => problem.Path).Distinct().Order(StringComparer.Ordinal));
        Assert.Contains("[]string{\"k.io/b\"}", problems.Single(problem => problem.Path == "metadata.finalizers").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Secret_StringData_BecomesData()
    {
        JsonObject secret = Samples.Parse("""{"metadata":{"name":"s"},"stringData":{"user":"me","pass":"word"},"data":{"pass":"b2xk"}}""");

        Assert.Empty(Samples.Problems(Samples.Core("Secret"), secret));

        Samples.AssertJson("""{"metadata":{"name":"s"},"data":{"pass":"d29yZA==","user":"bWU="},"type":"Opaque"}""", secret);
    }

    [Theory]
    [InlineData("""{"data":{"a":"***"}}""", "illegal base64 data at input byte 0")]
    [InlineData("""{"data":{"a":1}}""", "json: cannot unmarshal number into Go struct field Secret.data of type []uint8")]
    public void Secret_BadData_CannotBeDecoded(string json, string expected) =>
        Assert.Equal(expected, ObjectPipeline.FindDecodeError(Samples.Core("Secret"), Samples.Parse(json)));

    [Fact]
    public void ConfigMap_Immutable_RefusesChanges()
    {
        JsonObject old = Samples.Parse("""{"metadata":{"name":"m"},"data":{"a":"1"},"immutable":true}""");
        JsonObject next = Samples.Parse("""{"metadata":{"name":"m"},"data":{"a":"2"}}""");

        Assert.Equal(["immutable", "data"], ObjectPipeline.Validate(Samples.Core("ConfigMap"), next, old).Select(problem => problem.Path));
    }

    [Fact]
    public void CoreObject_EmptyAndNullFields_AreNotStored()
    {
        JsonObject pod = Samples.NewPod("""
            {"hostNetwork":false,"hostname":"","nodeSelector":{},"runtimeClassName":"","tolerations":null,
             "containers":[{"name":"c","image":"x:1","args":[],"securityContext":{"privileged":false},"stdin":false}]}
            """);
        pod["metadata"]!["labels"] = new JsonObject();
        pod["metadata"]!["creationTimestamp"] = "2026-01-01T01:00:00.5+01:00";

        ObjectPipeline.ApplyDefaults(Samples.Core("Pod"), pod);

        JsonObject spec = pod["spec"]!.AsObject();
        Assert.All(["hostNetwork", "hostname", "nodeSelector", "tolerations"], name => Assert.False(spec.ContainsKey(name), name));
        Assert.True(spec.ContainsKey("runtimeClassName"), "a pointer keeps its empty text");
        Samples.AssertJson("""{"privileged":false}""", spec["containers"]![0]!["securityContext"]);
        Assert.False(spec["containers"]![0]!.AsObject().ContainsKey("stdin"));
        Samples.AssertJson("""{"name":"p","namespace":"default","creationTimestamp":"2026-01-01T00:00:00Z"}""", pod["metadata"]);
    }

    [Theory]
    [InlineData("0.5", "500m")]
    [InlineData("1024Mi", "1Gi")]
    [InlineData("1500", "1500")]
    [InlineData("3000", "3k")]
    [InlineData("1e3", "1e3")]
    [InlineData("0", "0")]
    [InlineData("1.5Gi", "1536Mi")]
    [InlineData("100n", "100n")]
    [InlineData("-2", "-2")]
    public void Quantity_HasOneCanonicalForm(string text, string expected)
    {
        Assert.True(Quantity.TryParse(text, out Quantity quantity));
        Assert.Equal(expected, quantity.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("lots")]
    [InlineData("1 Gi")]
    [InlineData("1.2.3")]
    [InlineData("1Zi")]
    public void Quantity_Nonsense_IsRefused(string text) => Assert.False(Quantity.TryParse(text, out _));

    [Fact]
    public void Crd_DefaultsAndProblems_AreThoseOfKubernetes()
    {
        KindDefinition kind = Samples.Core("CustomResourceDefinition");
        JsonObject good = Samples.Parse(Samples.GadgetCrd);
        JsonObject bad = Samples.Parse(Samples.GadgetCrd);
        bad["metadata"]!["name"] = "other";
        bad["spec"]!["scope"] = "Everywhere";
        bad["spec"]!["versions"]![0]!["schema"]!["openAPIV3Schema"]!["properties"]!["spec"]!["properties"]!["x"] = new JsonObject();

        Assert.Empty(Samples.Problems(kind, good));
        Samples.AssertJson("""{"plural":"gadgets","kind":"Gadget","shortNames":["gd"],"singular":"gadget","listKind":"GadgetList"}""", good["spec"]!["names"]);
        Assert.Equal(
            [
                "metadata.name: Invalid value: \"other\": must be spec.names.plural+\".\"+spec.group",
                "spec.scope: Unsupported value: \"Everywhere\": supported values: \"Cluster\", \"Namespaced\"",
                "spec.validation.openAPIV3Schema.properties[spec].properties[x].type: Required value: must not be empty for specified object fields",
            ],
            Samples.Problems(kind, bad));
    }

    [Theory]
    [InlineData("v1alpha1", "v1,v1beta1", "g/v1alpha1 K is deprecated; use g/v1 K")]
    [InlineData("v2", "v1", "g/v2 K is deprecated")]
    public void CustomKinds_DeprecatedVersion_NamesABetterOne(string deprecated, string others, string expected)
    {
        JsonArray versions = [new JsonObject { ["name"] = deprecated, ["served"] = true, ["deprecated"] = true }];
        foreach (string other in others.Split(','))
        {
            versions.Add(new JsonObject { ["name"] = other, ["served"] = true });
        }

        JsonObject crd = new() { ["spec"] = new JsonObject { ["group"] = "g", ["names"] = new JsonObject { ["kind"] = "K", ["plural"] = "ks" }, ["versions"] = versions } };

        Assert.Equal(expected, CustomKinds.FromCrd(crd, [])[0].DeprecationWarning);
    }

    [Fact]
    public void Invalid_SeveralProblems_MakesOneStatus()
    {
        KubernetesException refused = FieldProblem.Invalid("batch", "Job", "j", [new("a", "R", "bad"), new("b", "R", "worse")]);

        Assert.Equal("Job.batch \"j\" is invalid: [a: bad, b: worse]", refused.Message);
        Assert.Equal(2, refused.Details!["causes"]!.AsArray().Count);
    }

    [Fact]
    public void Numbers_OfAnyDotNetType_AreNumbers()
    {
        JsonNode[] sevens = [JsonValue.Create(7), JsonValue.Create(7L), JsonValue.Create(7UL), JsonValue.Create(7m), JsonValue.Create(7d), JsonValue.Create((short)7)];

        Assert.All(sevens, seven => Assert.Equal((7L, 7d), (GoJson.Integer(seven), GoJson.Number(seven))));
        Assert.Null(GoJson.Integer(JsonValue.Create(7.5m)));
    }
}
