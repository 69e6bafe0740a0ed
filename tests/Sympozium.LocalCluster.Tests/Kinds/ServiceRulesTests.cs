using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Kinds;

namespace Sympozium.LocalCluster.Tests.Kinds;

public sealed class ServiceRulesTests
{
    [Fact]
    public void Defaults_AreThoseOfKubernetes()
    {
        JsonObject service = New("""{"type":"NodePort","sessionAffinity":"ClientIP","ports":[{"port":80},{"name":"b","port":81,"targetPort":"web"}]}""");

        Samples.AssertJson(
            """
            {"type":"NodePort","sessionAffinity":"ClientIP","sessionAffinityConfig":{"clientIP":{"timeoutSeconds":10800}},"externalTrafficPolicy":"Cluster",
             "internalTrafficPolicy":"Cluster","ports":[{"port":80,"protocol":"TCP","targetPort":80},{"name":"b","port":81,"targetPort":"web","protocol":"TCP"}]}
            """,
            service["spec"]);
        Samples.AssertJson("""{"loadBalancer":{}}""", service["status"]);
    }

    [Theory]
    [InlineData("""{"type":"ClusterIP"}""", "spec.ports: Required value")]
    [InlineData("""{"type":"Magic","ports":[{"port":80}]}""", "spec.type: Unsupported value: \"Magic\": supported values: \"ClusterIP\", \"ExternalName\", \"LoadBalancer\", \"NodePort\"")]
    [InlineData("""{"type":"ExternalName"}""", "spec.externalName: Required value")]
    [InlineData("""{"ports":[{"port":0}]}""", "spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive")]
    [InlineData("""{"ports":[{"port":80,"targetPort":"Bad_Name"}]}""", "spec.ports[0].targetPort: Invalid value: \"Bad_Name\": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")]
    [InlineData("""{"ports":[{"port":80},{"port":81}]}""", "spec.ports[1].name: Required value")]
    [InlineData("""{"ports":[{"name":"a","port":80},{"name":"a","port":81}]}""", "spec.ports[1].name: Duplicate value: \"a\"")]
    [InlineData("""{"ports":[{"name":"a","port":80},{"name":"b","port":80}]}""", "spec.ports[1]: Duplicate value: {\"Name\":\"\",\"Protocol\":\"TCP\",\"AppProtocol\":null,\"Port\":80,\"TargetPort\":0,\"NodePort\":0}")]
    [InlineData("""{"ports":[{"port":80,"protocol":"ICMP"}]}""", "spec.ports[0].protocol: Unsupported value: \"ICMP\": supported values: \"SCTP\", \"TCP\", \"UDP\"")]
    [InlineData("""{"ports":[{"port":80,"nodePort":30080}]}""", "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'")]
    [InlineData("""{"externalTrafficPolicy":"Local","ports":[{"port":80}]}""", "spec.externalTrafficPolicy: Invalid value: \"Local\": may only be set for externally-accessible services")]
    [InlineData("""{"sessionAffinity":"Sometimes","ports":[{"port":80}]}""", "spec.sessionAffinity: Unsupported value: \"Sometimes\": supported values: \"ClientIP\", \"None\"")]
    [InlineData("""{"clusterIP":"999.1.1.1","clusterIPs":["999.1.1.1"],"ports":[{"port":80}]}""", "spec.clusterIPs[0]: Invalid value: \"999.1.1.1\": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)")]
    [InlineData("""{"type":"NodePort","clusterIP":"None","clusterIPs":["None"],"ports":[{"port":80}]}""", "spec.clusterIPs[0]: Invalid value: \"None\": may not be set to 'None' for NodePort services")]
    [InlineData("""{"selector":{"a b":"c"},"ports":[{"port":80}]}""", "spec.selector: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')")]
    public void Validate_BadSpec_SaysWhatIsWrong(string spec, string expected)
    {
        IEnumerable<string> problems = ObjectPipeline.Validate(Samples.Core("Service"), New(spec), null).Select(problem => $"{problem.Path}: {problem.Message}");

        Assert.Contains(expected, problems);
    }

    [Fact]
    public void Update_AnotherAddress_IsRefused()
    {
        JsonObject before = New("""{"clusterIP":"127.96.1.1","clusterIPs":["127.96.1.1"],"ports":[{"port":80}]}""");
        JsonObject after = New("""{"clusterIP":"127.96.1.2","clusterIPs":["127.96.1.1"],"ports":[{"port":80}]}""");
        ObjectPipeline.PrepareForUpdate(Samples.Core("Service"), after, before);

        FieldProblem problem = Assert.Single(ObjectPipeline.Validate(Samples.Core("Service"), after, before));

        Assert.Equal(("spec.clusterIPs[0]", "Invalid value: [\"127.96.1.2\"]: may not change once set"), (problem.Path, problem.Message));
    }

    [Fact]
    public void Update_WithoutAddressAndNodePorts_KeepsThem()
    {
        JsonObject before = New("""{"type":"NodePort","clusterIP":"127.96.1.1","clusterIPs":["127.96.1.1"],"ports":[{"port":80,"nodePort":30080}]}""");
        JsonObject after = New("""{"type":"NodePort","ports":[{"port":80}]}""");

        ObjectPipeline.PrepareForUpdate(Samples.Core("Service"), after, before);

        Assert.Equal("127.96.1.1", (string?)after["spec"]!["clusterIP"]);
        Assert.Equal(30080, (int?)after["spec"]!["ports"]![0]!["nodePort"]);
    }

    private static JsonObject New(string spec)
    {
        JsonObject service = Samples.Parse($$"""{"apiVersion":"v1","kind":"Service","metadata":{"name":"s","namespace":"n","uid":"u"},"spec":{{spec}} }""");
        ObjectPipeline.ApplyDefaults(Samples.Core("Service"), service);
        return service;
    }
}
