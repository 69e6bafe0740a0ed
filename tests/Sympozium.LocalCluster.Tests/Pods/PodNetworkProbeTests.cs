using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Sympozium.Kubernetes.Api;

namespace Sympozium.LocalCluster.Tests.Pods;

/// <summary>Probes that go over the network, to a server of the test.</summary>
public sealed class PodNetworkProbeTests
{
    [Fact]
    public async Task HttpProbe_RedirectOnTheSameHost_IsFollowed()
    {
        await using ProbeServer server = await ProbeServer.StartAsync(HttpProtocols.Http1, context =>
        {
            if (context.Request.Path == "/first")
            {
                context.Response.Redirect("/second");
            }
            else
            {
                context.Response.StatusCode = StatusCodes.Status500InternalServerError;
            }

            return Task.CompletedTask;
        });
        await using PodRig rig = await PodRig.StartAsync();

        await rig.CreatePodAsync("p", Pod($$"""{"httpGet":{"host":"127.0.0.1","port":{{server.Port}},"path":"/first"},"periodSeconds":1}"""));

        await rig.UntilEventAsync("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 500");
    }

    [Fact]
    public async Task HttpProbe_RedirectToAnotherHost_SucceedsWithAWarning()
    {
        await using ProbeServer server = await ProbeServer.StartAsync(HttpProtocols.Http1, context =>
        {
            context.Response.Redirect("http://elsewhere.example.com/");
            return context.Response.WriteAsync("over there");
        });
        await using PodRig rig = await PodRig.StartAsync();

        await rig.CreatePodAsync("p", Pod($$"""{"httpGet":{"host":"127.0.0.1","port":{{server.Port}} },"periodSeconds":1}"""));

        await rig.UntilEventAsync("ProbeWarning", "Readiness probe warning: Probe terminated redirects, Response body: over there");
        await UntilReadyAsync(rig);
    }

    [Theory]
    [InlineData(1, "")]
    [InlineData(2, "Readiness probe failed: service unhealthy (responded with \"NOT_SERVING\")")]
    public async Task GrpcProbe_HealthOfTheServer_Decides(byte status, string failure)
    {
        TaskCompletionSource<string> asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ProbeServer server = await ProbeServer.StartAsync(HttpProtocols.Http2, async context =>
        {
            using MemoryStream body = new();
            await context.Request.Body.CopyToAsync(body);
            asked.TrySetResult($"{context.Request.Path} {Convert.ToHexString(body.ToArray())}");
            context.Response.ContentType = "application/grpc";
            await context.Response.Body.WriteAsync(new byte[] { 0, 0, 0, 0, 2, 0x08, status });
            context.Response.AppendTrailer("grpc-status", "0");
        });
        await using PodRig rig = await PodRig.StartAsync();

        await rig.CreatePodAsync("p", Pod($$"""{"grpc":{"port":{{server.Port}},"service":"db"},"periodSeconds":1}"""));

        if (failure.Length > 0)
        {
            await rig.UntilEventAsync("Unhealthy", failure);
        }
        else
        {
            await UntilReadyAsync(rig);
        }

        Assert.Equal("/grpc.health.v1.Health/Check 00000000040A026462", await asked.Task);
    }

    [Fact]
    public async Task GrpcProbe_NobodyListens_SaysSoWhenItsTimeIsOver()
    {
        await using PodRig rig = await PodRig.StartAsync();

        await rig.CreatePodAsync("p", Pod("""{"grpc":{"port":1},"periodSeconds":1}"""));

        await rig.UntilEventAsync("Unhealthy", "Readiness probe failed: timeout: failed to connect service \"127.");
    }

    private static string Pod(string probe) => $$"""
        {"restartPolicy":"Never","terminationGracePeriodSeconds":0,"containers":[{"name":"main","image":"any","command":["sleep","1000"],"readinessProbe":{{probe}} }]}
        """;

    private static Task<JsonObject> UntilReadyAsync(PodRig rig) =>
        rig.UntilAsync(CoreTypes.Pods, "p", p => (bool?)p["status"]?["containerStatuses"]?[0]?["ready"] == true);

    /// <summary>A server on every address of this machine, and so on every pod's.</summary>
    private sealed class ProbeServer : IAsyncDisposable
    {
        private readonly WebApplication _application;

        private ProbeServer(WebApplication application) => _application = application;

        public int Port => new Uri(_application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Port;

        public static async Task<ProbeServer> StartAsync(HttpProtocols protocols, RequestDelegate answer)
        {
            WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
            builder.WebHost.ConfigureKestrel(options => options.Listen(IPAddress.Any, 0, listen => listen.Protocols = protocols));
            WebApplication application = builder.Build();
            application.Run(answer);
            await application.StartAsync();
            return new ProbeServer(application);
        }

        public ValueTask DisposeAsync() => _application.DisposeAsync();
    }
}
