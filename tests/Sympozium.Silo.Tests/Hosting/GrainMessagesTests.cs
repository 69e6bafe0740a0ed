using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Events;
using Sympozium.Abstractions.Runs;
using Sympozium.Silo.Hosting;

namespace Sympozium.Silo.Tests.Hosting;

/// <summary>What goes over the wire between silos and gateways.</summary>
public sealed class GrainMessagesTests
{
    [Fact]
    public void Message_WithAnAddedField_IsReadByTheOlderBuild()
    {
        using ServiceProvider newer = new ServiceCollection().AddSerializer(serializer =>
        {
            serializer.AddJsonSerializer(type => type == typeof(NewerRoute), new JsonSerializerOptions(JsonSerializerDefaults.Web));
            serializer.Configure(types => types.WellKnownTypeAliases["sympozium.model-route"] = typeof(NewerRoute));
        }).BuildServiceProvider();
        byte[] bytes = newer.GetRequiredService<Serializer>().SerializeToArray<object>(new NewerRoute("uid", "openai", "gpt", "team", "added later", 7));

        var read = Assert.IsType<ModelRoute>(Ours().Deserialize<object>(bytes));

        Assert.Equal(("uid", "openai", "gpt", "team"), (read.RunUid, read.Provider, read.Model, read.SecretNamespace));
    }

    [Fact]
    public void Message_WithAContentOfItsOwn_ComesBackEqual()
    {
        Serializer serializer = Ours();
        var sent = new BusEvent
        {
            Topic = Topics.RunCompleted,
            Timestamp = DateTimeOffset.UnixEpoch,
            Metadata = new BusEventMetadata { AgentRunId = "run", Namespace = "team" },
            Data = JsonSerializer.SerializeToNode(new { status = "success", response = "ok" }),
        };

        var read = serializer.Deserialize<BusEvent>(serializer.SerializeToArray(sent));

        Assert.Equal(sent.Metadata, read!.Metadata);
        Assert.Equal(sent.Data!.ToJsonString(), read.Data!.ToJsonString());
    }

    [Fact]
    public void Exception_OfOurs_KeepsItsTypeMessageAndWhenToTryAgain()
    {
        Serializer serializer = Ours();

        var read = serializer.Deserialize<Exception>(serializer.SerializeToArray<Exception>(
            new SympoziumUnavailableException("The store is full.") { RetryAfter = TimeSpan.FromSeconds(3) }));

        var unavailable = Assert.IsType<SympoziumUnavailableException>(read);
        Assert.Equal(("The store is full.", TimeSpan.FromSeconds(3)), (unavailable.Message, unavailable.RetryAfter));
    }

    private static Serializer Ours()
    {
        var services = new ServiceCollection();
        services.AddGrainMessages();
        return services.BuildServiceProvider().GetRequiredService<Serializer>();
    }

    /// <summary>ModelRoute of a later build.</summary>
    private sealed record NewerRoute(string RunUid, string Provider, string Model, string SecretNamespace, string Region, int Priority);
}
