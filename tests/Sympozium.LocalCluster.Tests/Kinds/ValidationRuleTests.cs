using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds;

namespace Sympozium.LocalCluster.Tests.Kinds;

/// <summary><c>x-kubernetes-validations</c>: on objects, on updates, and in definitions.</summary>
public sealed class ValidationRuleTests
{
    private const string Schema = """
        {"type":"object","properties":{"spec":{"type":"object",
          "properties":{"min":{"type":"integer"},"max":{"type":"integer"},"mode":{"type":"string"},
            "frozen":{"type":"string","x-kubernetes-validations":[{"rule":"self == oldSelf","message":"frozen cannot change"}]},
            "once":{"type":"string","x-kubernetes-validations":[{"rule":"!oldSelf.hasValue() || oldSelf.value() == self","optionalOldSelf":true}]},
            "parts":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["id"],"items":{"type":"object","required":["id"],
              "properties":{"id":{"type":"string"},"size":{"type":"integer","x-kubernetes-validations":[{"rule":"self >= oldSelf","message":"sizes only grow"}]}}}},
            "labels":{"type":"object","additionalProperties":{"type":"string","x-kubernetes-validations":[{"rule":"self != 'bad'"}]}},
            "port":{"x-kubernetes-int-or-string":true}},
          "x-kubernetes-validations":[
            {"rule":"!has(self.min) || !has(self.max) || self.min <= self.max","messageExpression":"'min ' + string(self.min) + ' exceeds max'"},
            {"rule":"!has(self.mode) || self.mode == 'a'","reason":"FieldValueForbidden","fieldPath":".mode","message":"only a"},
            {"rule":"!has(self.port) || self.port > 0"}]}}}
        """;

    private static readonly KindDefinition Gauge = Assert.Single(CustomKinds.FromCrd(Definition(Schema), []));

    [Theory]
    [InlineData("""{"min":1,"max":2,"mode":"a"}""")]
    [InlineData("""{"min":3,"max":2}""", "spec: Invalid value: min 3 exceeds max")]
    [InlineData("""{"mode":"b"}""", "spec.mode: Forbidden: only a")]
    [InlineData("""{"labels":{"x":"bad"}}""", "spec.labels[x]: Invalid value: \"bad\": failed rule: self != 'bad'")]
    [InlineData("""{"port":"http"}""", "spec: Invalid value: 'no such overload': call arguments did not match a supported operator, function or macro signature for rule: !has(self.port) || self.port > 0")]
    [InlineData("""{"frozen":"x","once":"y","parts":[{"id":"a","size":1}]}""")]
    public void Creation_ReportsRulesThatDoNotHold(string spec, params string[] expected) => Assert.Equal(expected, Problems(spec, null));

    [Theory]
    [InlineData("""{"frozen":"a"}""", """{"frozen":"b"}""", "spec.frozen: Invalid value: \"b\": frozen cannot change")]
    [InlineData("""{}""", """{"frozen":"b"}""")]
    [InlineData("""{"once":"a"}""", """{"once":"b"}""", "spec.once: Invalid value: \"b\": failed rule: !oldSelf.hasValue() || oldSelf.value() == self")]
    [InlineData("""{"parts":[{"id":"a","size":2},{"id":"b","size":9}]}""", """{"parts":[{"id":"b","size":9},{"id":"a","size":1}]}""", "spec.parts[1].size: Invalid value: 1: sizes only grow")]
    [InlineData("""{"labels":{"x":"bad"}}""", """{"labels":{"x":"bad"},"min":1}""")]
    [InlineData("""{"min":3,"max":2}""", """{"min":3,"max":2}""")]
    public void Update_ComparesWithTheOldValue_AndForgivesWhatItLeavesAlone(string before, string now, params string[] expected) =>
        Assert.Equal(expected, Problems(now, before));

    [Fact]
    public void StructurallyWrongObject_SaysThatRulesWereNotChecked() => Assert.Contains(
        "<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation",
        Problems("""{"min":"one","max":2}""", null));

    [Theory]
    [InlineData("""{"rule":"self.nope == 1"}""", "rule: Invalid value: {\"Rule\":\"self.nope == 1\",\"Message\":\"\",\"MessageExpression\":\"\",\"Reason\":null,\"FieldPath\":\"\",\"OptionalOldSelf\":null}: compilation failed: ERROR: <input>:1:5: undefined field 'nope'\n | self.nope == 1\n | ....^")]
    [InlineData("""{"rule":"self.a"}""", "cel expression must evaluate to a bool")]
    [InlineData("""{"rule":" "}""", "rule: Required value: rule is not specified")]
    [InlineData("""{"rule":"true\n&& true"}""", "message: Required value: message must be specified if rule contains line breaks")]
    [InlineData("""{"rule":"true","message":"a\nb"}""", "message must not contain line breaks")]
    [InlineData("""{"rule":"true","messageExpression":"1"}""", "messageExpression must evaluate to a string")]
    [InlineData("""{"rule":"true","reason":"Because"}""", "reason: Unsupported value: \"Because\": supported values: \"FieldValueDuplicate\", \"FieldValueForbidden\", \"FieldValueInvalid\", \"FieldValueRequired\"")]
    [InlineData("""{"rule":"true","fieldPath":".zzz"}""", "fieldPath must be a valid path")]
    [InlineData("""{"rule":"true","optionalOldSelf":true}""", "may not be set if oldSelf is not used in rule")]
    public void Definition_WithARuleThatCannotBe_IsRefused(string rule, string expected)
    {
        const string Template = """{"type":"object","properties":{"spec":{"type":"object","properties":{"a":{"type":"string"}},"x-kubernetes-validations":[RULE]}}}""";
        JsonObject schema = JsonNode.Parse(Template.Replace("RULE", rule.Replace("\n", "\\n", StringComparison.Ordinal), StringComparison.Ordinal))!.AsObject();

        Assert.Contains(DefinitionProblems(schema), problem => problem.Contains(expected, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{"type":"object","properties":{"a":{"type":"array","items":{"type":"string","x-kubernetes-validations":[{"rule":"self == oldSelf"}]}}}}""", "oldSelf cannot be used on the uncorrelatable portion of the schema")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"string"}},"anyOf":[{"properties":{"b":{"minLength":1}}}]}""", "properties[b]: Required value: because it is defined in spec.validation.openAPIV3Schema.anyOf[0].properties[b]")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"string","anyOf":[{"type":"string"}]}}}""", "anyOf[0].type: Forbidden: must be empty to be structural")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"string","x-kubernetes-embedded-resource":true}}}""", "must be object if x-kubernetes-embedded-resource is true")]
    [InlineData("""{"type":"object","properties":{"metadata":{"type":"object","properties":{"labels":{"type":"object"}}}}}""", "must not specify anything other than name and generateName, but metadata is implicitly specified")]
    [InlineData("""{"type":"object","properties":{"a":{"x-kubernetes-int-or-string":true,"x-kubernetes-preserve-unknown-fields":true}}}""", "must be false if x-kubernetes-int-or-string is true")]
    public void Definition_WithASchemaThatIsNotStructural_IsRefused(string schema, string expected) =>
        Assert.Contains(DefinitionProblems(JsonNode.Parse(schema)!.AsObject()), problem => problem.Contains(expected, StringComparison.Ordinal));

    [Theory]
    [InlineData("""{"type":"array","items":{"type":"string"}}""", "self.all(x, self.all(y, x == y))", "more than 100x")]
    [InlineData("""{"type":"array","maxItems":2000,"items":{"type":"string","maxLength":10}}""", "self.all(x, self.all(y, x == y))", "3.6x")]
    [InlineData("""{"type":"array","items":{"type":"string","maxLength":10}}""", "self.all(x, x.startsWith('a very long prefix that costs') || x == 'b' || x != 'c')", "1.153433x")]
    public void Definition_WithARuleThatMayCostTooMuch_IsRefused(string list, string rule, string factor)
    {
        JsonObject schema = JsonNode.Parse($$"""{"type":"object","properties":{"spec":{{list}} } }""")!.AsObject();
        schema["properties"]!["spec"]!["x-kubernetes-validations"] = new JsonArray(new JsonObject { ["rule"] = rule });

        Assert.Equal(
            $"spec.validation.openAPIV3Schema.properties[spec].x-kubernetes-validations[0].rule: Forbidden: estimated rule cost exceeds budget by factor of {factor} "
            + "(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)",
            DefinitionProblems(schema)[0]);
    }

    [Fact]
    public void Definition_WithRulesThatCostTooMuchTogether_NamesTheDearestAndTheSum()
    {
        JsonObject schema = JsonNode.Parse(
            """{"type":"object","properties":{"spec":{"type":"array","items":{"type":"string"},"x-kubernetes-validations":[{"rule":"self.all(x, self.all(y, x == y))"}]}}}""")!.AsObject();

        Assert.Equal(
            [
                "spec.validation.openAPIV3Schema.properties[spec].x-kubernetes-validations[0].rule: Forbidden: contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema",
                "spec.validation.openAPIV3Schema: Forbidden: x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds budget by factor of more than 100x "
                + "(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)",
            ],
            DefinitionProblems(schema).Skip(1));
    }

    private static List<string> Problems(string spec, string? before) =>
        [.. ObjectPipeline.Validate(Gauge, Make(spec), before is null ? null : Make(before)).Select(problem => $"{problem.Path}: {problem.Message}")];

    private static JsonObject Make(string spec) => new()
    {
        ["apiVersion"] = "example.com/v1",
        ["kind"] = "Gauge",
        ["metadata"] = new JsonObject { ["name"] = "a", ["namespace"] = "default", ["uid"] = "1", ["creationTimestamp"] = "2026-01-01T00:00:00Z" },
        ["spec"] = JsonNode.Parse(spec),
    };

    private static List<string> DefinitionProblems(JsonObject schema)
    {
        KindDefinition kind = CoreKinds.All.Single(core => core.Type.Kind == "CustomResourceDefinition");
        JsonObject definition = Definition(schema.ToJsonString());
        ObjectPipeline.ApplyDefaults(kind, definition);
        ObjectPipeline.PrepareForCreate(kind, definition);
        return [.. ObjectPipeline.Validate(kind, definition, null).Select(problem => $"{problem.Path}: {problem.Message}")];
    }

    private static JsonObject Definition(string schema) => JsonNode.Parse("""
        {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"gauges.example.com"},
         "spec":{"group":"example.com","scope":"Namespaced","names":{"plural":"gauges","kind":"Gauge"},
          "versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":SCHEMA}}]}}
        """.Replace("SCHEMA", schema, StringComparison.Ordinal))!.AsObject();
}
