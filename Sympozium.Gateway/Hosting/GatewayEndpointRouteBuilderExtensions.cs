using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Sympozium.Gateway.Admission;
using Sympozium.Gateway.Auth;
using Sympozium.Gateway.Broker;
using Sympozium.Gateway.Bus;
using Sympozium.Gateway.History;
using Sympozium.Gateway.OpenAi;
using Sympozium.Gateway.Runs;

namespace Sympozium.Gateway.Hosting;

/// <summary>Maps the gateway's endpoints and puts its middleware in order.</summary>
public static class GatewayEndpointRouteBuilderExtensions
{
    /// <summary>Traces, request ids and error bodies, CORS, routing, access; call it before anything else is added to the pipeline.</summary>
    public static IApplicationBuilder UseSympoziumGateway(this IApplicationBuilder app) => app
        .UseMiddleware<TraceMiddleware>()
        .UseMiddleware<EnvelopeMiddleware>()
        .UseMiddleware<CorsMiddleware>()
        .UseRouting()
        .UseMiddleware<AccessMiddleware>();

    /// <summary>Maps all endpoints of the gateway.</summary>
    public static IEndpointRouteBuilder MapSympoziumGateway(this IEndpointRouteBuilder endpoints)
    {
        MapHealth(endpoints);
        MapMetrics(endpoints);
        MapOpenAi(endpoints);
        MapRuns(endpoints);
        MapHistory(endpoints);
        MapBus(endpoints);
        MapBroker(endpoints);
        return endpoints;
    }

    private static void MapHealth(IEndpointRouteBuilder endpoints)
    {
        RunEventHub hub = endpoints.ServiceProvider.GetRequiredService<RunEventHub>();
        endpoints.MapGet("/healthz", (RequestDelegate)(static context => context.Response.WriteAsync("ok", context.RequestAborted))).RequireAccess(Access.Anonymous);
        IGatewayReadiness[] parts = [.. endpoints.ServiceProvider.GetServices<IGatewayReadiness>()];
        AdmissionHealth? admission = endpoints.ServiceProvider.GetService<AdmissionHealth>();
        endpoints.MapGet("/readyz", (RequestDelegate)(context =>
        {
            List<string> missing = [.. hub.IsSubscribed ? (string[])[] : ["bus: not subscribed"], .. parts.SelectMany(part => part.Missing()), .. (admission?.Problems() ?? []).Select(problem => $"admission: {problem}")];
            context.Response.StatusCode = missing.Count == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
            return context.Response.WriteAsync(missing.Count == 0 ? "ok" : string.Join("\n", missing), context.RequestAborted);
        })).RequireAccess(Access.Anonymous);
    }

    private static void MapMetrics(IEndpointRouteBuilder endpoints)
    {
        if (endpoints.ServiceProvider.GetService<IMetricsPage>() is { } page)
        {
            endpoints.MapGet("/metrics", (RequestDelegate)page.WriteAsync).RequireAccess(Access.Client);
        }
    }

    private static void MapOpenAi(IEndpointRouteBuilder endpoints)
    {
        ModelsEndpoint models = endpoints.ServiceProvider.GetRequiredService<ModelsEndpoint>();
        ChatCompletionsEndpoint chat = endpoints.ServiceProvider.GetRequiredService<ChatCompletionsEndpoint>();
        endpoints.MapGet(ModelsEndpoint.ListPattern, (RequestDelegate)models.ListAsync).RequireAccess(Access.Client);
        endpoints.MapGet(ModelsEndpoint.GetPattern, (RequestDelegate)models.GetAsync).RequireAccess(Access.Client);
        endpoints.MapPost(ChatCompletionsEndpoint.Pattern, (RequestDelegate)chat.HandleAsync).RequireAccess(Access.Client);
    }

    private static void MapRuns(IEndpointRouteBuilder endpoints)
    {
        RunEventsEndpoint events = endpoints.ServiceProvider.GetRequiredService<RunEventsEndpoint>();
        endpoints.MapGet(RunEventsEndpoint.Pattern, (RequestDelegate)events.HandleAsync).RequireAccess(Access.Client);
    }

    private static void MapHistory(IEndpointRouteBuilder endpoints)
    {
        HistoryEndpoints history = endpoints.ServiceProvider.GetRequiredService<HistoryEndpoints>();
        endpoints.MapGet(HistoryEndpoints.ListPattern, (RequestDelegate)history.ListAsync).RequireAccess(Access.Client);
        endpoints.MapGet(HistoryEndpoints.RunPattern, (RequestDelegate)history.RunAsync).RequireAccess(Access.Client);
        endpoints.MapGet(HistoryEndpoints.UsagePattern, (RequestDelegate)history.UsageAsync).RequireAccess(Access.Client);
    }

    private static void MapBus(IEndpointRouteBuilder endpoints)
    {
        BusEndpoints bus = endpoints.ServiceProvider.GetRequiredService<BusEndpoints>();
        endpoints.MapPost(BusEndpoints.PublishPattern, (RequestDelegate)bus.PublishAsync).RequireAccess(Access.Run);
        endpoints.MapGet(BusEndpoints.EventsPattern, (RequestDelegate)bus.EventsAsync).RequireAccess(Access.Run);
    }

    private static void MapBroker(IEndpointRouteBuilder endpoints)
    {
        BrokerEndpoint broker = endpoints.ServiceProvider.GetRequiredService<BrokerEndpoint>();
        endpoints.MapPost(BrokerEndpoint.ChatPattern, (RequestDelegate)broker.ChatAsync).RequireAccess(Access.Run);
        endpoints.MapGet(BrokerEndpoint.ModelsPattern, (RequestDelegate)broker.ModelsAsync).RequireAccess(Access.Run);
    }
}
