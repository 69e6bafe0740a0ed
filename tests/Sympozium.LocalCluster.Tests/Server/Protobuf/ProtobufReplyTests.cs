using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Server.Protobuf;
using Sympozium.LocalCluster.Tests.Kinds;

namespace Sympozium.LocalCluster.Tests.Server.Protobuf;

public sealed class ProtobufReplyTests
{
    [Theory]
    [InlineData("ConfigMap", """{"data":{"a":"1","empty":""},"binaryData":{"b":"AAEC"},"immutable":true}""")]
    [InlineData("Secret", """{"type":"Opaque","data":{"a":"eQ=="}}""")]
    [InlineData("Event", """{"count":3,"firstTimestamp":"2026-01-02T03:04:05Z","eventTime":"2026-01-02T03:04:05.123456Z","reason":"R","type":"Normal"}""")]
    [InlineData("Lease", """{"spec":{"holderIdentity":"me","leaseDurationSeconds":15,"renewTime":"2026-01-02T03:04:05.123456Z"}}""")]
    [InlineData("Pod", """{"spec":{"restartPolicy":"Never","terminationGracePeriodSeconds":0,"containers":[{"name":"c","image":"i","resources":{"limits":{"cpu":"500m"}},"livenessProbe":{"httpGet":{"port":"http","path":"/"}},"readinessProbe":{"tcpSocket":{"port":80}}}]},"status":{"phase":"Running"}}""")]
    public void Object_ReadBack_IsTheSame(string kind, string content)
    {
        KindDefinition definition = Samples.Core(kind);
        JsonObject resource = new()
        {
            ["apiVersion"] = definition.Type.ApiVersion,
            ["kind"] = kind,
            ["metadata"] = JsonNode.Parse("""{"name":"a","namespace":"n","uid":"u","resourceVersion":"7","generation":2,"creationTimestamp":"2026-01-02T03:04:05Z","labels":{"x":"y"},"managedFields":[{"manager":"m","operation":"Apply","apiVersion":"v1","time":"2026-01-02T03:04:05Z","fieldsType":"FieldsV1","fieldsV1":{"f:data":{}}}]}"""),
        };
        foreach ((string field, JsonNode? value) in Samples.Parse(content))
        {
            resource[field] = value?.DeepClone();
        }

        JsonObject read = ProtobufBody.Read(ProtobufReply.Object(definition, resource));

        Samples.AssertJson(resource.ToJsonString(), JsonNode.Parse(read.ToJsonString()));
    }

    [Fact]
    public void Status_BeginsAsKubernetesProtobufDoes() =>
        Assert.Equal("6b387300", Convert.ToHexStringLower(ProtobufReply.Status(Samples.Parse("""{"status":"Failure","message":"m","code":404}""")).AsSpan(0, 4)));

    [Fact]
    public void CustomKinds_HaveNoProtobuf() => Assert.False(ProtobufReply.CanWrite(Samples.Gadget));
}
