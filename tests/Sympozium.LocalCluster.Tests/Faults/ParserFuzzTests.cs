using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Sympozium.Abstractions.Resources;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Manifests;
using Sympozium.LocalCluster.Identity;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Objects;
using Sympozium.LocalCluster.Server;
using Sympozium.LocalCluster.Server.Protobuf;

namespace Sympozium.LocalCluster.Tests.Faults;

/// <summary>
/// Every parser that meets text from outside, fed with thousands of damaged variants of good texts. The seed is fixed: a failure comes back.
/// Each must either read a text or refuse it with its own exception; anything else would be an internal error of the server.
/// </summary>
public sealed class ParserFuzzTests
{
    private const int Variants = 20_000;
    private const int PatchVariants = 5_000;
    private static readonly KindDefinition Pod = CoreKinds.All.First(kind => kind.Type.Kind == "Pod");

    private static readonly string[] Selectors =
    [
        "a=b", "a==b,c!=d", "x in (a,b,c)", "x notin (a)", "!gone", "example.com/key=value", "n>1,m<2", "a,b,!c", "x in ()", "a in (b", "status.phase!=Running",
        "metadata.name=x,spec.nodeName=", "a=b\\,c", "",
    ];

    private static readonly string[] Yamls =
    [
        "a: 1\nb: [x, y]\nc: {d: e}\n", "- a\n- b: c\n", "a: &x {y: z}\nb: *x\n", "<<: {a: 1}\nb: 2\n", "a: |\n  text\n  more\n", "a: >-\n  folded\n---\nb: 2\n",
        "\"q\": 'single'\n", "a: !!str 1\n", "? complex\n: value\n", "a: 0x1F\nb: 1e3\nc: ~\nd: yes\n", "# note\n%YAML 1.1\n---\n{}\n",
    ];

    private static readonly string[] Jsons =
    [
        """{"a":1,"b":[true,null,"x"],"c":{"d":-1.5e3}}""", """[{"op":"add","path":"/metadata/labels/a","value":"b"}]""", "\"\\u00e9\\n\"", "[[[[]]]]", "{\"a\":{\"a\":{}}}", "0",
    ];

    private static readonly string[] Patches =
    [
        """[{"op":"add","path":"/metadata/labels/x","value":"y"},{"op":"test","path":"/kind","value":"Pod"}]""",
        """[{"op":"replace","path":"/spec/containers/0/image","value":"z"},{"op":"remove","path":"/spec/containers/1"}]""",
        """[{"op":"move","from":"/metadata/labels","path":"/metadata/annotations"},{"op":"copy","from":"/spec/containers/0","path":"/spec/containers/-"}]""",
        """{"spec":{"containers":[{"name":"c","image":"y"},{"$patch":"delete","name":"d"}]}}""",
        """{"metadata":{"labels":{"a":null,"$retainKeys":["b"]}},"spec":{"$setElementOrder/containers":[{"name":"d"},{"name":"c"}]}}""",
        """{"spec":{"containers":[{"$patch":"replace"},{"name":"n"}],"$deleteFromPrimitiveList/x":["a"]}}""",
        """{"metadata":{"finalizers":["a/b"],"$deleteFromPrimitiveList/finalizers":["c/d"]}}""",
    ];

    private const string Target = """
        {"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","labels":{"a":"1","b":"2"},"finalizers":["c/d"]},
         "spec":{"containers":[{"name":"c","image":"x","ports":[{"containerPort":80,"protocol":"TCP"}]},{"name":"d","image":"x"}],"tolerations":[{"key":"k"}]}}
        """;

    [Fact]
    public void LabelSelector_OfAnyText_IsReadOrRefused() => Each(Selectors, text =>
    {
        LabelSelector selector = LabelSelector.Parse(text);
        selector.Matches(new Dictionary<string, string> { ["a"] = "b", ["n"] = "7" });
    });

    [Fact]
    public void FieldSelector_OfAnyText_IsReadOrRefused() => Each(Selectors, text => FieldSelector.Parse(Pod, text));

    [Fact]
    public void Quantity_OfAnyText_IsReadOrRefused() => Each(["1", "100m", "1.5Gi", "-3e-2", "1E6", "+.5", "999999999999999999999", "0x1", "1Ki", "12e400", "1e-400"], text =>
    {
        if (Quantity.TryParse(text, out Quantity quantity))
        {
            Assert.Equal(0, quantity.CompareTo(quantity));
        }
    });

    [Fact]
    public void Duration_OfAnyText_IsReadOrRefused() => Each(["1h30m", "300ms", "1.5h", "-2s", "9999999h", "1µs", "h", "1", "5m5m"], text =>
    {
        if (GoDuration.TryParse(text, out TimeSpan duration))
        {
            Assert.True(duration > TimeSpan.Zero, text);
        }
    });

    [Fact]
    public void Yaml_OfAnyText_IsReadOrRefused() => Each(Yamls, text => YamlReader.ReadAll(text, "fuzz"));

    [Fact]
    public void Json_OfAnyBytes_IsReadOrRefused() => Each(Jsons, text => JsonBodies.Parse(Encoding.Latin1.GetBytes(text), []));

    [Fact]
    public void Protobuf_OfAnyBytes_IsReadOrRefused() => Each(
        ["k8s\0\n\u0010\n\u0002v1\u0012\nConfigMap\u0012\u0007\n\u0005\n\u0001a\u0012\0", "k8s\0\n\u0009\n\u0002v1\u0012\u0003Pod\u0012\u0006\n\u0004\n\u0002ab\u001a\0\"\0"],
        text => ProtobufBody.Read(Encoding.Latin1.GetBytes(text)));

    [Fact]
    public void Path_OfAnyText_IsReadOrNot() => Each(
        ["/api/v1/namespaces/x/pods/y/log", "/apis/batch/v1/jobs", "/apis", "/api", "/apis/a/b/watch/namespaces/c/d/e", "//", "/api/v1/namespaces//x", "/apis/a/b/c/d/e/f/g"],
        text => RequestPath.Parse(text.Length > 0 && text[0] == '/' ? text : "/" + text));

    [Fact]
    public void Accept_OfAnyText_IsReadOrRefused() => Each(
        ["application/json;as=Table;v=v1;g=meta.k8s.io,application/json", "*/*", "application/yaml;q=0.5", "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"],
        text =>
        {
            DefaultHttpContext context = new();
            context.Request.Headers.Accept = text;
            Accepted.Read(context);
        });

    [Fact]
    public void Claims_OfAnyBytes_AreReadOrNot() => Each(
        ["""{"aud":["a"],"exp":1,"kubernetes.io":{"namespace":"n","serviceaccount":{"name":"s","uid":"u"},"pod":{"name":"p","uid":"v"}},"sub":"x"}"""],
        text => TokenClaims.Read(Encoding.Latin1.GetBytes(text)));

    [Theory]
    [InlineData(PatchType.Json)]
    [InlineData(PatchType.Merge)]
    [InlineData(PatchType.Strategic)]
    public void Patch_OfAnyDocument_IsAppliedOrRefusedAndLeavesItsTargetAlone(PatchType type)
    {
        JsonObject target = JsonNode.Parse(Target)!.AsObject();
        string before = target.ToJsonString();
        Each(Patches, text =>
        {
            JsonNode? patch = JsonBodies.Parse(Encoding.Latin1.GetBytes(text), null);
            try
            {
                JsonObject patched = ObjectPatches.Apply(Pod, type, target, patch);
                if (type == PatchType.Merge)
                {
                    Assert.True(JsonNode.DeepEquals(patched, ObjectPatches.Apply(Pod, type, patched, patch)), $"applied twice it does something else: {text}");
                }
            }
            finally
            {
                Assert.Equal(before, target.ToJsonString());
            }
        }, PatchVariants);
    }

    private static void Each(string[] good, Action<string> parse, int variants = Variants)
    {
        Random random = new(20261125);
        foreach (string text in good.Concat(Enumerable.Range(0, variants).Select(_ => Damage(good, random))))
        {
            try
            {
                parse(text);
            }
            catch (Exception refusal) when (refusal is KubernetesException or ManifestException or FormatException or JsonException)
            {
                Assert.NotEmpty(refusal.Message);
            }
            catch (Exception broken) when (broken is not Xunit.Sdk.XunitException)
            {
                throw new InvalidOperationException($"{broken.GetType().Name} instead of a refusal for {JsonSerializer.Serialize(text)}: {broken.Message}", broken);
            }
        }
    }

    /// <summary>One to four cuts, repetitions, insertions and swaps.</summary>
    private static string Damage(string[] good, Random random)
    {
        const string Odd = "()[]{},=!<>:\"'\\/-+.*&|#%@~$ \t\n\0\u007f\u00ff0129azAZ_";
        StringBuilder text = new(good[random.Next(good.Length)]);
        for (int step = random.Next(1, 5); step > 0; step--)
        {
            int at = random.Next(text.Length + 1);
            switch (random.Next(6))
            {
                case 0:
                    text.Insert(at, Odd[random.Next(Odd.Length)]);
                    break;
                case 1 when at < text.Length:
                    text.Remove(at, random.Next(1, text.Length - at + 1));
                    break;
                case 2 when at < text.Length:
                    text[at] = Odd[random.Next(Odd.Length)];
                    break;
                case 3:
                    text.Insert(at, good[random.Next(good.Length)]);
                    break;
                case 4:
                    text.Insert(at, new string(Odd[random.Next(Odd.Length)], random.Next(1, 64)));
                    break;
                case 5 when at < text.Length:
                    text.Append(text.ToString(at, text.Length - at));
                    break;
            }
        }

        return text.Length > 4_096 ? text.ToString(0, 4_096) : text.ToString();
    }
}
