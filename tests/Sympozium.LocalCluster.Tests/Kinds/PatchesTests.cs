using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Kinds;

namespace Sympozium.LocalCluster.Tests.Kinds;

public sealed class PatchesTests
{
    [Theory]
    [InlineData("""{"a":1}""", """[{"op":"add","path":"/b","value":2}]""", """{"a":1,"b":2}""")]
    [InlineData("""{"a":[1,3]}""", """[{"op":"add","path":"/a/1","value":2}]""", """{"a":[1,2,3]}""")]
    [InlineData("""{"a":[1]}""", """[{"op":"add","path":"/a/-","value":[2]}]""", """{"a":[1,[2]]}""")]
    [InlineData("""{"a":{"b":1},"c":2}""", """[{"op":"remove","path":"/a/b"}]""", """{"a":{},"c":2}""")]
    [InlineData("""{"a":[1,2,3]}""", """[{"op":"remove","path":"/a/1"}]""", """{"a":[1,3]}""")]
    [InlineData("""{"a":1}""", """[{"op":"replace","path":"/a","value":null}]""", """{"a":null}""")]
    [InlineData("""{"a":{"x":1},"b":{}}""", """[{"op":"move","from":"/a/x","path":"/b/y"}]""", """{"a":{},"b":{"y":1}}""")]
    [InlineData("""{"a":[1,2]}""", """[{"op":"move","from":"/a/0","path":"/a/1"}]""", """{"a":[2,1]}""")]
    [InlineData("""{"a":{"x":1}}""", """[{"op":"copy","from":"/a","path":"/b"},{"op":"add","path":"/b/x","value":2}]""", """{"a":{"x":1},"b":{"x":2}}""")]
    [InlineData("""{"a/b":1,"m~n":2}""", """[{"op":"replace","path":"/a~1b","value":3},{"op":"replace","path":"/m~0n","value":4}]""", """{"a/b":3,"m~n":4}""")]
    [InlineData("""{"~1":1}""", """[{"op":"test","path":"/~01","value":1}]""", """{"~1":1}""")]
    [InlineData("""{"a":1}""", """[{"op":"add","path":"","value":{"z":1}}]""", """{"z":1}""")]
    [InlineData("""{"a":1.0}""", """[{"op":"test","path":"/a","value":1}]""", """{"a":1.0}""")]
    [InlineData("""{"":1}""", """[{"op":"replace","path":"/","value":2}]""", """{"":2}""")]
    public void ApplyJson_ValidPatch_IsApplied(string target, string patch, string expected) =>
        Samples.AssertJson(expected, Patches.ApplyJson(JsonNode.Parse(target)!, JsonNode.Parse(patch)!.AsArray()));

    [Theory]
    [InlineData("""[{"op":"test","path":"/a","value":2}]""")]
    [InlineData("""[{"op":"remove","path":"/nope"}]""")]
    [InlineData("""[{"op":"replace","path":"/nope","value":1}]""")]
    [InlineData("""[{"op":"add","path":"/nope/x","value":1}]""")]
    [InlineData("""[{"op":"add","path":"/l/9","value":1}]""")]
    [InlineData("""[{"op":"add","path":"/l/01","value":1}]""")]
    [InlineData("""[{"op":"add","path":"a","value":1}]""")]
    [InlineData("""[{"op":"add","path":"/b"}]""")]
    [InlineData("""[{"op":"move","from":"/o","path":"/o/inside"}]""")]
    [InlineData("""[{"op":"jump","path":"/a"}]""")]
    public void ApplyJson_PatchThatDoesNotFit_Is422AndChangesNothing(string patch)
    {
        JsonNode target = JsonNode.Parse("""{"a":1,"l":[1],"o":{}}""")!;

        KubernetesException refused = Assert.Throws<KubernetesException>(() => Patches.ApplyJson(target, JsonNode.Parse(patch)!.AsArray()));

        Assert.Equal(422, (int)refused.Code);
        Samples.AssertJson("""{"a":1,"l":[1],"o":{}}""", target);
    }

    [Theory]
    [InlineData("""{"a":"b"}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":"b"}""", """{"b":"c"}""", """{"a":"b","b":"c"}""")]
    [InlineData("""{"a":"b","b":"c"}""", """{"a":null}""", """{"b":"c"}""")]
    [InlineData("""{"a":["b"]}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":[{"b":"c"}]}""", """{"a":[1]}""", """{"a":[1]}""")]
    [InlineData("""{"a":"c"}""", """{"a":{"bb":{"ccc":null}}}""", """{"a":{"bb":{}}}""")]
    [InlineData("""{"e":null}""", """{"a":1}""", """{"e":null,"a":1}""")]
    [InlineData("""{}""", """{"a":{"b":{"c":null,"d":1}}}""", """{"a":{"b":{"d":1}}}""")]
    public void ApplyMerge_FollowsRfc7386(string target, string patch, string expected) =>
        Samples.AssertJson(expected, Patches.ApplyMerge(JsonNode.Parse(target)!, Samples.Parse(patch)));

    [Theory]
    [InlineData( // by merge key
        """{"containers":[{"name":"a","image":"1"},{"name":"b","image":"2"}]}""",
        """{"containers":[{"name":"b","image":"3"}]}""",
        """{"containers":[{"name":"a","image":"1"},{"name":"b","image":"3"}]}""")]
    [InlineData( // what the patch names stands first when it says nothing of the order
        """{"containers":[{"name":"a"}]}""", """{"containers":[{"name":"b","args":["x"]}]}""", """{"containers":[{"name":"b","args":["x"]},{"name":"a"}]}""")]
    [InlineData(
        """{"containers":[{"name":"a"},{"name":"b"}]}""", """{"containers":[{"name":"a","$patch":"delete"}]}""", """{"containers":[{"name":"b"}]}""")]
    [InlineData(
        """{"containers":[{"name":"a"},{"name":"b"}]}""", """{"containers":[{"$patch":"replace"},{"name":"c"}]}""", """{"containers":[{"name":"c"}]}""")]
    [InlineData( // order
        """{"containers":[{"name":"a"},{"name":"b"}]}""",
        """{"$setElementOrder/containers":[{"name":"c"},{"name":"a"}],"containers":[{"name":"c","image":"1"}]}""",
        """{"containers":[{"name":"c","image":"1"},{"name":"a"},{"name":"b"}]}""")]
    [InlineData( // atomic list
        """{"tolerations":[{"key":"a"}]}""", """{"tolerations":[{"key":"b"}]}""", """{"tolerations":[{"key":"b"}]}""")]
    [InlineData( // retainKeys
        """{"volumes":[{"name":"v","emptyDir":{}}]}""",
        """{"volumes":[{"name":"v","$retainKeys":["name","secret"],"secret":{"secretName":"s"}}]}""",
        """{"volumes":[{"name":"v","secret":{"secretName":"s"}}]}""")]
    [InlineData( // nested list of maps
        """{"containers":[{"name":"a","env":[{"name":"X","value":"1"},{"name":"Y","value":"2"}]}]}""",
        """{"containers":[{"name":"a","env":[{"name":"X","value":"9"},{"name":"Y","$patch":"delete"}]}]}""",
        """{"containers":[{"name":"a","env":[{"name":"X","value":"9"}]}]}""")]
    [InlineData( // whole map
        """{"securityContext":{"runAsUser":1,"fsGroup":2}}""", """{"securityContext":{"$patch":"replace","runAsUser":3}}""", """{"securityContext":{"runAsUser":3}}""")]
    [InlineData("""{"nodeName":"x","hostname":"y"}""", """{"nodeName":null}""", """{"hostname":"y"}""")]
    public void ApplyStrategic_PodSpec_MergesBySchema(string target, string patch, string expected)
    {
        JsonObject result = (JsonObject)Patches.ApplyStrategic(
            Samples.Core("Pod"), new JsonObject { ["spec"] = JsonNode.Parse(target) }, new JsonObject { ["spec"] = JsonNode.Parse(patch) });

        Samples.AssertJson(expected, result["spec"]);
    }

    [Theory]
    [InlineData("""{"finalizers":["c"]}""", """["c","a","b"]""")]
    [InlineData("""{"$deleteFromPrimitiveList/finalizers":["a"]}""", """["b"]""")]
    [InlineData("""{"$setElementOrder/finalizers":["b","a"]}""", """["b","a"]""")]
    [InlineData("""{"$deleteFromPrimitiveList/finalizers":["a"],"$setElementOrder/finalizers":["c","b"],"finalizers":["c"]}""", """["c","b"]""")]
    public void ApplyStrategic_PrimitiveSet_MergesDeletesAndOrders(string patch, string expected)
    {
        JsonObject target = Samples.Parse("""{"metadata":{"finalizers":["a","b"]}}""");

        JsonNode result = Patches.ApplyStrategic(Samples.Core("ConfigMap"), target, new JsonObject { ["metadata"] = JsonNode.Parse(patch) });

        Samples.AssertJson(expected, result["metadata"]!["finalizers"]);
    }

    [Theory]
    [InlineData("""{"spec":{"containers":[{"image":"x"}]}}""", "does not contain declared merge key: name")]
    [InlineData("""{"spec":{"$patch":"explode"}}""", "unknown patch type")]
    [InlineData("""{"spec":{"volumes":[{"name":"v","$retainKeys":["name"],"emptyDir":{}}]}}""", "retainKeys")]
    public void ApplyStrategic_MalformedPatch_Is400(string patch, string message)
    {
        JsonObject target = Samples.Parse("""{"spec":{"containers":[{"name":"a"}],"volumes":[{"name":"v"}]}}""");

        KubernetesException refused = Assert.Throws<KubernetesException>(() => Patches.ApplyStrategic(Samples.Core("Pod"), target, Samples.Parse(patch)));

        Assert.Equal(400, (int)refused.Code);
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
    }
}
