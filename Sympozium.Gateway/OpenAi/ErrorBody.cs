using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Sympozium.Gateway.OpenAi;

/// <summary>Writes <c>{"error":{"message","type","param","code"}}</c>, always with all four keys.</summary>
internal static class ErrorBody
{
    public static void Write(IBufferWriter<byte> output, string message, string type, string? param, string? code)
    {
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteStartObject("error"u8);
        json.WriteString("message"u8, message);
        json.WriteString("type"u8, type);
        json.WriteString("param"u8, param);
        json.WriteString("code"u8, code);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>Sends an error as the whole answer.</summary>
    public static async Task SendAsync(HttpContext context, ApiException error)
    {
        HttpResponse response = context.Response;
        response.StatusCode = error.Status;
        response.ContentType = "application/json";
        if (error.RetryAfter is { } retryAfter)
        {
            response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(retryAfter.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        if (error.ShouldRetry is { } retry)
        {
            response.Headers["x-should-retry"] = retry ? "true" : "false";
        }

        if (error.Status == StatusCodes.Status401Unauthorized)
        {
            response.Headers.WWWAuthenticate = "Bearer";
        }

        Write(response.BodyWriter, error.Message, error.Type, error.Param, error.Code);
        await response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    /// <summary>Sends an error as the last event of a stream that has begun.</summary>
    public static async Task SendEventAsync(HttpContext context, ApiException error)
    {
        IBufferWriter<byte> output = context.Response.BodyWriter;
        output.Write("data: "u8);
        Write(output, error.Message, error.Type, error.Param, error.Code);
        output.Write("\n\n"u8);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }
}
