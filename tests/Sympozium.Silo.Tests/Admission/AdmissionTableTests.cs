using System.Net;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.Silo.Admission;
using Sympozium.Testing.Admission;

namespace Sympozium.Silo.Tests.Admission;

/// <summary>The table of admission through all ways to it: in process with the write itself, as reviews over HTTPS, and as writes of which a cluster asks the webhook.</summary>
public sealed class AdmissionTableTests
{
    [Fact]
    public async Task Table_InProcess_IsAnsweredAsItSays()
    {
        await using AdmissionWorld world = await AdmissionWorld.StartAsync(world => new ResourceAdmission(() => world.Client));
        await CheckAllAsync(world, async (one, _) =>
        {
            try
            {
                await world.Client.CreateAsync(AdmissionWorld.TypeOf(one.Created), (JsonObject)one.Created.DeepClone(), CancellationToken.None);
                return [];
            }
            catch (KubernetesException e) when (e.Code is HttpStatusCode.Forbidden or HttpStatusCode.UnprocessableEntity)
            {
                return Causes(e.Details);
            }
        });
    }

    [Fact]
    public async Task Table_OverHttps_IsAnsweredAsItSays()
    {
        await using AdmissionWorld world = await AdmissionWorld.StartAsync();
        await using Webhook webhook = await Webhook.StartAsync(world.Client);
        await CheckAllAsync(world, async (one, stored) =>
        {
            await webhook.CatchUpAsync(stored, one.Created);
            var created = (JsonObject)one.Created.DeepClone();
            Webhook.Patch(created, (await webhook.ReviewAsync("mutate", "CREATE", created))["response"]!);
            JsonNode response = (await webhook.ReviewAsync("validate", "CREATE", created))["response"]!;
            Assert.Contains(one.Warning, string.Join('\n', (response["warnings"] as JsonArray ?? []).Select(warning => (string?)warning)), StringComparison.Ordinal);
            return (bool)response["allowed"]! ? [] : Causes((JsonObject)response["status"]!["details"]!);
        });
    }

    [Fact]
    public async Task Table_CalledByTheClusterOverTls_IsAnsweredAsInProcess()
    {
        await using AdmissionWorld world = await AdmissionWorld.StartAsync();
        await using Webhook webhook = await Webhook.StartAsync(world.Client);
        await CheckAllAsync(world, async (one, stored) =>
        {
            await webhook.CatchUpAsync(stored, one.Created);
            await WebhookRegistration.CreateAsync(world.Client, webhook.Server.BaseAddress!);
            try
            {
                await webhook.Certificates.CheckAsync(CancellationToken.None);
                await world.Client.CreateAsync(AdmissionWorld.TypeOf(one.Created), (JsonObject)one.Created.DeepClone(), CancellationToken.None);
                return [];
            }
            catch (KubernetesException e) when (e.Code is HttpStatusCode.Forbidden or HttpStatusCode.UnprocessableEntity)
            {
                Assert.StartsWith("admission webhook \"validate.sympozium.ai\" denied the request: ", e.Message, StringComparison.Ordinal);
                return Causes(e.Details);
            }
            finally
            {
                await WebhookRegistration.DeleteAsync(world.Client);
            }
        });
    }

    private static async Task CheckAllAsync(AdmissionWorld world, Func<AdmissionCase, IReadOnlyList<JsonObject>, Task<string[]>> create)
    {
        var wrong = new List<string>();
        foreach (AdmissionCase one in AdmissionCases.All)
        {
            IReadOnlyList<JsonObject> stored = await world.FillAsync(one);
            string found = string.Join('\n', await create(one, stored));
            if (found != one.Refusal)
            {
                wrong.Add($"{one.Name}\n  expected: {one.Refusal}\n  found:    {found}");
            }

            await world.EmptyAsync();
        }

        Assert.True(wrong.Count == 0, string.Join("\n\n", wrong));
    }

    private static string[] Causes(JsonObject? details) =>
        [.. (details?["causes"] as JsonArray ?? []).Select(cause => $"{(string?)cause!["field"]}: {(string?)cause["message"]}")];
}
