using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds;

namespace Sympozium.LocalCluster.Tests.Kinds;

public sealed class CustomObjectTests
{
    [Theory]
    [InlineData("""{}""", "spec.count: Required value")]
    [InlineData("""{"count":0}""", "spec.count: Invalid value: 0: spec.count in body should be greater than or equal to 1")]
    [InlineData("""{"count":10}""", "spec.count: Invalid value: 10: spec.count in body should be less than or equal to 9")]
    [InlineData("""{"count":"1"}""", "spec.count: Invalid value: \"string\": spec.count in body must be of type integer: \"string\"")]
    [InlineData("""{"count":1,"mode":"odd"}""", "spec.mode: Unsupported value: \"odd\": supported values: \"fast\", \"slow\"")]
    [InlineData("""{"count":1,"label":"x"}""", "spec.label: Invalid value: \"x\": spec.label in body should be at least 2 chars long")]
    [InlineData("""{"count":1,"label":"toolong"}""", "spec.label: Too long: may not be more than 5 bytes")]
    [InlineData("""{"count":1,"label":"AB"}""", "spec.label: Invalid value: \"AB\": spec.label in body should match '^[a-z]+$'")]
    [InlineData("""{"count":1,"label":"ab\n"}""", "spec.label: Invalid value: \"ab\\n\": spec.label in body should match '^[a-z]+$'")]
    [InlineData("""{"count":1,"since":"yesterday"}""", "spec.since: Invalid value: \"yesterday\": spec.since in body must be of type date-time: \"yesterday\"")]
    [InlineData("""{"count":1,"port":true}""", "spec.port: Invalid value: \"boolean\": spec.port in body must be of type integer,string: \"boolean\"")]
    [InlineData("""{"count":1,"tags":["a","b","a"]}""", "spec.tags[2]: Duplicate value: \"a\"")]
    [InlineData("""{"count":1,"tags":["a","b","c","d"]}""", "spec.tags: Too many: 4: must have at most 3 items")]
    [InlineData("""{"count":1,"parts":[{"weight":1}]}""", "spec.parts[0].name: Required value")]
    [InlineData("""{"count":1,"parts":[{"name":"a"},{"name":"a"}]}""", "spec.parts[1]: Duplicate value: {\"name\":\"a\"}")]
    [InlineData("""{"count":1,"free":{"typed":1}}""", "spec.free.typed: Invalid value: \"integer\": spec.free.typed in body must be of type boolean: \"integer\"")]
    [InlineData("\"text\"", "spec: Invalid value: \"string\": spec in body must be of type object: \"string\"")]
    public void Validate_OneProblem_SaysItAsTheApiServerDoes(string spec, string expected) =>
        Assert.Equal([expected], Samples.Problems(Samples.Gadget, Samples.NewGadget(spec)));

    [Fact]
    public void Validate_SeveralProblems_ReportsAllAtOnce()
    {
        List<string> problems = Samples.Problems(Samples.Gadget, Samples.NewGadget("""{"count":99,"mode":"odd","label":"9","parts":[{}]}"""));

        Assert.Equal(4, problems.Count);
    }

    [Fact]
    public void Validate_StatusSubresource_ChecksTheStatusOnly()
    {
        JsonObject gadget = Samples.NewGadget("""{"count":99}""");
        gadget["status"] = Samples.Parse("""{"phase":5}""");

        FieldProblem problem = Assert.Single(ObjectPipeline.Validate(Samples.Gadget, gadget, Samples.NewGadget("""{"count":99}"""), "status"));

        Assert.Equal("status.phase", problem.Path);
        Assert.Equal("Invalid value: \"integer\": phase in body must be of type string: \"integer\"", problem.Message);
    }

    [Theory]
    [InlineData("""{"count":1}""", """{"count":1,"mode":"slow"}""")]
    [InlineData("""{"count":1,"limits":{}}""", """{"count":1,"mode":"slow","limits":{"cpu":"1"}}""")]
    [InlineData("""{"count":1,"mode":null,"label":null,"note":null}""", """{"count":1,"mode":"slow","note":null}""")]
    [InlineData("""{"count":1,"mode":"fast","parts":[{"name":"a"}]}""", """{"count":1,"mode":"fast","parts":[{"name":"a","weight":1}]}""")]
    [InlineData("""{"count":1,"mode":"fast","free":{"any":null}}""", """{"count":1,"mode":"fast","free":{"any":null}}""")]
    public void ApplyDefaults_FillsInAndDropsNulls(string spec, string expected)
    {
        JsonObject gadget = Samples.NewGadget(spec);

        ObjectPipeline.ApplyDefaults(Samples.Gadget, gadget);
        ObjectPipeline.ApplyDefaults(Samples.Gadget, gadget);

        Samples.AssertJson(expected, gadget["spec"]);
    }

    [Fact]
    public void CheckFields_UnknownFields_AreNamedByPathAndPruned()
    {
        JsonObject gadget = Samples.NewGadget("""{"count":1,"oops":1,"limits":{"gpu":"1"},"parts":[{"name":"a","x":1}],"free":{"kept":{"deep":1}}}""");
        gadget["top"] = true;
        gadget["metadata"]!["nope"] = 1;

        List<FieldProblem> problems = ObjectPipeline.CheckFields(Samples.Gadget, gadget);
        ObjectPipeline.Prune(Samples.Gadget, gadget);

        Assert.Equal(["metadata.nope", "spec.limits.gpu", "spec.oops", "spec.parts[0].x", "top"], problems.Select(problem => problem.Path));
        Assert.Equal("unknown field \"spec.oops\"", problems[2].Message);
        Samples.AssertJson("""{"count":1,"limits":{},"parts":[{"name":"a"}],"free":{"kept":{"deep":1}}}""", gadget["spec"]);
        Assert.Empty(ObjectPipeline.CheckFields(Samples.Gadget, gadget));
    }

    [Fact]
    public void FindDecodeError_MetadataOfTheWrongType_IsFound()
    {
        JsonObject gadget = Samples.NewGadget("{}");
        gadget["metadata"]!["labels"] = Samples.Parse("""{"a":1}""");

        Assert.Equal(
            "json: cannot unmarshal number into Go struct field ObjectMeta.labels of type string",
            ObjectPipeline.FindDecodeError(Samples.Gadget, gadget));
    }
}
