using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Sympozium.Kubernetes.Api;
using Sympozium.Testing;

namespace Sympozium.LocalCluster.Tests.Admission;

/// <summary>Webhooks that cannot be asked or answer nonsense: with failurePolicy Fail the write is refused with the reason, with Ignore it goes on.</summary>
public sealed class WebhookFaultTests(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    private const string Failed = "Internal error occurred: failed calling webhook \"bad.example.com\": ";

    [Fact]
    public async Task ConnectionRefused_IsSaid()
    {
        await using WebhookServer server = await WebhookServer.StartAsync();
        using ClosedPort closed = new();
        int port = closed.Number;
        await CheckAsync(
            rig => rig.Webhook("bad.example.com", $"https://127.0.0.1:{port}/x", server.Authority),
            $"{Failed}failed to call webhook: Post \"https://127.0.0.1:{port}/x?timeout=10s\": dial tcp 127.0.0.1:{port}: connect: connection refused");
    }

    [Fact]
    public async Task CertificateOfAnotherAuthority_IsSaid()
    {
        await using WebhookServer server = await WebhookServer.StartAsync();
        await using WebhookServer other = await WebhookServer.StartAsync();
        string url = $"https://127.0.0.1:{server.Port}/x";
        await CheckAsync(
            rig => rig.Webhook("bad.example.com", url, other.Authority),
            $"{Failed}failed to call webhook: Post \"{url}?timeout=10s\": tls: failed to verify certificate: x509: certificate signed by unknown authority");
    }

    [Fact]
    public async Task CertificateForAnotherHost_IsSaid()
    {
        await using WebhookServer server = await WebhookServer.StartAsync("elsewhere.example.com");
        string url = $"https://127.0.0.1:{server.Port}/x";
        await CheckAsync(
            rig => rig.Webhook("bad.example.com", url, server.Authority),
            $"{Failed}failed to call webhook: Post \"{url}?timeout=10s\": tls: failed to verify certificate: x509: certificate is not valid for 127.0.0.1");
    }

    [Fact]
    public async Task SlowAnswer_EndsWithTheTimeout()
    {
        await using WebhookServer server = await WebhookServer.StartAsync();
        server.AnswerRaw("/x", context => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted));
        string url = $"https://127.0.0.1:{server.Port}/x";
        await CheckAsync(
            rig =>
            {
                JsonObject webhook = rig.Webhook("bad.example.com", url, server.Authority);
                webhook["timeoutSeconds"] = 1;
                return webhook;
            },
            $"{Failed}failed to call webhook: Post \"{url}?timeout=1s\": context deadline exceeded");
    }

    [Fact]
    public async Task AnswerThatNeverEnds_EndsWithTheTimeout()
    {
        await using WebhookServer server = await WebhookServer.StartAsync();
        server.AnswerRaw("/x", async context =>
        {
            await context.Response.WriteAsync("{\"apiVersion\":");
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        });
        await CheckAsync(
            rig =>
            {
                JsonObject webhook = rig.Webhook("bad.example.com", server, "/x");
                webhook["timeoutSeconds"] = 1;
                return webhook;
            },
            $"{Failed}failed to call webhook: Post \"https://127.0.0.1:{server.Port}/x?timeout=1s\": context deadline exceeded");
    }

    [Theory]
    [InlineData("garbage", "failed to call webhook: couldn't get version/kind; json parse error: invalid character 'g' looking for beginning of value")]
    [InlineData("", "failed to call webhook: couldn't get version/kind; json parse error: unexpected end of JSON input")]
    [InlineData("{}", "received invalid webhook response: expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got /, Kind=")]
    [InlineData("[1]", "received invalid webhook response: expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got /, Kind=")]
    [InlineData("""{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}""", "received invalid webhook response: webhook response was absent")]
    public async Task AnswerThatIsNone_IsSaid(string body, string expected)
    {
        await using WebhookServer server = await WebhookServer.StartAsync();
        server.AnswerRaw("/x", context => context.Response.WriteAsync(body));
        await CheckAsync(rig => rig.Webhook("bad.example.com", server, "/x"), Failed + expected);
    }

    [Fact]
    public async Task AnswerToAnotherQuestion_IsSaid()
    {
        await using WebhookServer server = await WebhookServer.StartAsync();
        server.Answer("/x", _ => new JsonObject { ["uid"] = "wrong", ["allowed"] = true });
        await CheckAsync(rig => rig.Webhook("bad.example.com", server, "/x"), message =>
        {
            Assert.StartsWith($"{Failed}received invalid webhook response: expected response.uid=\"", message, StringComparison.Ordinal);
            Assert.EndsWith("\", got \"wrong\"", message, StringComparison.Ordinal);
        });
    }

    [Theory]
    [InlineData(404, "failed to call webhook: the server could not find the requested resource")]
    [InlineData(500, "failed to call webhook: an error on the server (\"oops\") has prevented the request from succeeding")]
    [InlineData(302, "failed to call webhook: the server responded with the status code 302 but did not return more information")]
    public async Task ErrorStatus_IsSaid(int status, string expected)
    {
        await using WebhookServer server = await WebhookServer.StartAsync();
        server.AnswerRaw("/x", context =>
        {
            context.Response.StatusCode = status;
            return context.Response.WriteAsync("oops");
        });
        await CheckAsync(rig => rig.Webhook("bad.example.com", server, "/x"), Failed + expected);
    }

    [Theory]
    [InlineData("""[{"op":"jump","path":"/x"}]""", "Internal error occurred: Unexpected kind: jump")]
    [InlineData("""[{"op":"remove","path":"/spec/none"}]""", "Internal error occurred: remove operation does not apply: doc is missing path: \"/spec/none\": missing value")]
    [InlineData("""[{"op":"add","path":"/data","value":5}]""", "Internal error occurred: json: cannot unmarshal number into Go struct field ConfigMap.data of type map[string]string")]
    public async Task PatchThatDoesNotFit_RefusesWhateverThePolicy(string patch, string expected)
    {
        await using WebhookServer server = await WebhookServer.StartAsync();
        server.Answer("/x", _ => WebhookServer.Patch(JsonNode.Parse(patch)!.AsArray()));
        WebhookRig rig = await WebhookRig.MakeAsync(fixture);
        JsonObject webhook = rig.Webhook("bad.example.com", server, "/x");
        webhook["failurePolicy"] = "Ignore";
        await rig.ConfigureAsync("mutating", webhook);

        Assert.Equal(expected, (await rig.RefusedAsync()).Message);
    }

    private Task CheckAsync(Func<WebhookRig, JsonObject> webhook, string expected) => CheckAsync(webhook, message => Assert.Equal(expected, message));

    private async Task CheckAsync(Func<WebhookRig, JsonObject> webhook, Action<string> check)
    {
        WebhookRig fails = await WebhookRig.MakeAsync(fixture);
        await fails.ConfigureAsync("validating", webhook(fails));
        KubernetesException refusal = await fails.RefusedAsync().WaitAsync(TestTimeouts.InProcess);
        Assert.Equal(HttpStatusCode.InternalServerError, refusal.Code);
        check(refusal.Message);

        WebhookRig ignores = await WebhookRig.MakeAsync(fixture);
        JsonObject open = webhook(ignores);
        open["failurePolicy"] = "Ignore";
        await ignores.ConfigureAsync("mutating", open);
        Assert.NotNull(await ignores.CreateAsync().WaitAsync(TestTimeouts.InProcess));
    }
}
