using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Sympozium.Gateway.OpenAi;

/// <summary><c>GET /v1/models</c> and <c>GET /v1/models/{id}</c>, where the id may contain a slash.</summary>
internal sealed class ModelsEndpoint(InstanceCatalog catalog)
{
    public const string ListPattern = "/v1/models";
    public const string GetPattern = "/v1/models/{*id}";

    public async Task ListAsync(HttpContext context)
    {
        IReadOnlyList<CatalogEntry> entries = await catalog.ListAsync(context.RequestAborted);
        await SendAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteString("object"u8, "list"u8);
            json.WriteStartArray("data"u8);
            foreach (CatalogEntry entry in entries)
            {
                WriteModel(json, entry.Id, entry.Created);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    public async Task GetAsync(HttpContext context)
    {
        string id = Uri.UnescapeDataString((string?)context.GetRouteValue("id") ?? "");
        CatalogEntry entry = await catalog.GetAsync(id, context.RequestAborted);
        await SendAsync(context, json => WriteModel(json, entry.Id, entry.Created));
    }

    public static void WriteModel(Utf8JsonWriter json, string id, long created)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, id);
        json.WriteString("object"u8, "model"u8);
        json.WriteNumber("created"u8, created);
        json.WriteString("owned_by"u8, "sympozium"u8);
        json.WriteEndObject();
    }

    public static async Task SendAsync(HttpContext context, Action<Utf8JsonWriter> write)
    {
        context.Response.ContentType = "application/json";
        await using (var json = new Utf8JsonWriter(context.Response.BodyWriter))
        {
            write(json);
        }

        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }
}
