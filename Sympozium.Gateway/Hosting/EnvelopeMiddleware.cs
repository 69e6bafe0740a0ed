using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Sympozium.Gateway.OpenAi;

namespace Sympozium.Gateway.Hosting;

/// <summary>Outermost: request id and time headers on every answer, and every failure as an error body.</summary>
internal sealed partial class EnvelopeMiddleware(RequestDelegate next, TimeProvider time, ILogger<EnvelopeMiddleware> logger)
{
    private const int MaxRequestIdLength = 128;

    public async Task InvokeAsync(HttpContext context)
    {
        long start = time.GetTimestamp();
        string requestId = RequestId(context.Request.Headers["x-request-id"]);
        context.TraceIdentifier = requestId;
        context.Response.Headers["x-request-id"] = requestId;
        context.Response.OnStarting(() =>
        {
            context.Response.Headers["openai-processing-ms"] = ((long)time.GetElapsedTime(start).TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
            return Task.CompletedTask;
        });
        try
        {
            await next(context);
            await DescribeEmptyAsync(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            LogClientLeft(requestId);
        }
        catch (Exception failure)
        {
            await FailAsync(context, failure);
        }
    }

    /// <summary>Routing answers unknown paths and methods without a body.</summary>
    private static async Task DescribeEmptyAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        if (context.Response.HasStarted || context.Response.StatusCode is not (404 or 405) || context.Response.ContentLength > 0)
        {
            return;
        }

        await ErrorBody.SendAsync(context, context.Response.StatusCode == 405
            ? new ApiException(405, ErrorTypes.InvalidRequest, "method_not_allowed", $"'{request.Path}' does not take {request.Method}; allowed: {context.Response.Headers.Allow}.")
            : new ApiException(404, ErrorTypes.InvalidRequest, "unknown_url", $"There is no '{request.Method} {request.Path}' here; see docs/api.md for what there is."));
    }

    private async Task FailAsync(HttpContext context, Exception failure)
    {
        ApiException? error = failure is BadHttpRequestException bad
            ? new ApiException(bad.StatusCode, ErrorTypes.InvalidRequest, bad.StatusCode == 413 ? "request_too_large" : null, bad.Message)
            : ApiException.From(failure);
        if (error is null)
        {
            LogFailed(failure, context.TraceIdentifier, context.Request.Method, context.Request.Path);
            error = new ApiException(500, ErrorTypes.Server, "internal_error", $"The gateway failed; its log has the cause under request id '{context.TraceIdentifier}'.");
        }

        // What was written but not flushed cannot be taken back either.
        if (!context.Response.HasStarted && context.Response.BodyWriter.UnflushedBytes == 0)
        {
            await ErrorBody.SendAsync(context, error);
        }
        else if (context.Response.ContentType?.StartsWith("text/event-stream", StringComparison.Ordinal) == true)
        {
            await ErrorBody.SendEventAsync(context, error);
        }
        else
        {
            // Half an answer must not look like a whole one.
            context.Abort();
        }
    }

    private static string RequestId(string? given) =>
        given is { Length: > 0 and <= MaxRequestIdLength } && given.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
            ? given
            : $"req_{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12))}";

    [LoggerMessage(Level = LogLevel.Error, Message = "Request {RequestId} {Method} {Path} failed")]
    private partial void LogFailed(Exception exception, string requestId, string method, string path);

    [LoggerMessage(Level = LogLevel.Debug, Message = "The client of request {RequestId} left")]
    private partial void LogClientLeft(string requestId);
}
