using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Sympozium.Abstractions.Admission;
using Sympozium.Abstractions.Tracing;
using Sympozium.Gateway.Hosting;
using Sympozium.Kubernetes.Api;

namespace Sympozium.Gateway.Admission;

/// <summary>
/// <c>POST /admission/mutate</c> and <c>POST /admission/validate</c>. A review that cannot be decided is answered with a retryable
/// refusal, never with leave: the configuration says failurePolicy Fail, and so does this.
/// </summary>
internal sealed partial class AdmissionEndpoint(
    AdmissionLookup lookup, AdmissionHealth health, AdmissionOptions options, TimeProvider time, ILogger<AdmissionEndpoint> logger)
{
    public const string MutatePath = "/admission/mutate";
    public const string ValidatePath = "/admission/validate";

    private readonly ResourceReviewer _reviewer = new(lookup);

    /// <summary>Answers any request of the listener.</summary>
    public Task HandleAsync(HttpContext context) => context.Request.Path.Value switch
    {
        MutatePath => ReviewAsync(context, MutateAsync),
        ValidatePath => ReviewAsync(context, ValidateAsync),
        "/healthz" => SayAsync(context, StatusCodes.Status200OK, "ok"),
        "/readyz" => ReadyAsync(context),
        _ => SayAsync(context, StatusCodes.Status404NotFound, $"there is only {MutatePath}, {ValidatePath}, /healthz and /readyz here"),
    };

    private async Task ReviewAsync(HttpContext context, Func<AdmissionReview, CancellationToken, ValueTask<JsonObject>> decide)
    {
        if (!HttpMethods.IsPost(context.Request.Method))
        {
            context.Response.Headers.Allow = "POST";
            await SayAsync(context, StatusCodes.Status405MethodNotAllowed, "reviews are sent with POST");
            return;
        }

        if (!context.Request.HasJsonContentType())
        {
            await SayAsync(context, StatusCodes.Status415UnsupportedMediaType, "a review is sent as application/json");
            return;
        }

        AdmissionReview review;
        try
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            review = AdmissionReview.Read(body.GetBuffer().AsSpan(0, (int)body.Length));
        }
        catch (FormatException e)
        {
            await SayAsync(context, StatusCodes.Status400BadRequest, $"not an AdmissionReview: {e.Message}");
            return;
        }
        catch (BadHttpRequestException e)
        {
            await SayAsync(context, e.StatusCode, e.StatusCode == StatusCodes.Status413PayloadTooLarge ? $"a review has at most {options.MaxRequestBytes} bytes" : e.Message);
            return;
        }

        long started = TimeProvider.System.GetTimestamp();
        using Activity? span = StartSpan(context, review);
        JsonObject answer = await DecideAsync(review, decide, context.RequestAborted);
        AdmissionTelemetry.Record(review.Review?.Kind ?? "", Verdict(answer), started);
        context.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        answer.WriteTo(json);
    }

    private async ValueTask<JsonObject> DecideAsync(AdmissionReview review, Func<AdmissionReview, CancellationToken, ValueTask<JsonObject>> decide, CancellationToken clientLeft)
    {
        if (review.Review is null)
        {
            return review.Answer(ReviewAnswer.Silent);
        }

        if (!lookup.IsSynced)
        {
            return review.Unavailable($"admission is not ready: {string.Join("; ", health.Problems())}; try again in a moment");
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(clientLeft);
        using var timer = new CancellationTokenSource(options.ReviewTimeout, time);
        using CancellationTokenRegistration ended = timer.Token.Register(limit.Cancel);
        try
        {
            return await decide(review, limit.Token);
        }
        catch (OperationCanceledException) when (timer.IsCancellationRequested)
        {
            return review.Unavailable($"the review took longer than {options.ReviewTimeout.TotalSeconds:0.#} s; try again in a moment");
        }
        catch (KubernetesException e)
        {
            LogNotLookedUp(e, review.Review.Kind, review.Review.Namespace, review.Review.Name);
            return review.Unavailable($"the objects that the decision depends on could not be looked up: {e.Message}; try again in a moment");
        }
    }

    private async ValueTask<JsonObject> MutateAsync(AdmissionReview review, CancellationToken cancellationToken) =>
        review.Patch([.. await _reviewer.DefaultAsync(review.Review!, cancellationToken), .. AdmissionTelemetry.Trace(review.Review!)]);

    private async ValueTask<JsonObject> ValidateAsync(AdmissionReview review, CancellationToken cancellationToken)
    {
        ReviewAnswer answer = await _reviewer.ReviewAsync(review.Review!, cancellationToken);
        if (!answer.IsAllowed)
        {
            LogRefused(review.Review!.Kind, review.Review.Namespace, review.Review.Name, answer.Causes.Count);
        }

        return review.Answer(answer);
    }

    /// <summary>The span of a review of a run: goes on from the API server's, where that traces, else a run's trace begins here.</summary>
    private static Activity? StartSpan(HttpContext context, AdmissionReview review)
    {
        if (!GatewayTelemetry.Source.HasListeners() || context.Request.Path != MutatePath || review.Review is not { Kind: "AgentRun", Operation: ReviewOperation.Create } run)
        {
            return null;
        }

        // The server's own activity is not exported.
        Activity.Current = null;
        ActivityContext.TryParse(context.Request.Headers.TraceParent, context.Request.Headers.TraceState, isRemote: true, out ActivityContext caller);
        KeyValuePair<string, object?>[] tags = [new(TraceAttributes.Namespace, run.Namespace), new(TraceAttributes.Run, run.Name), new(TraceAttributes.TraceStart, "admission")];
        return GatewayTelemetry.Source.StartActivity(ActivityKind.Server, caller, tags, name: $"POST {context.Request.Path}");
    }

    private static string Verdict(JsonObject answer) => answer["response"] switch
    {
        { } response when (bool?)response["allowed"] is true => "allowed",
        { } response when (int?)response["status"]?["code"] == StatusCodes.Status503ServiceUnavailable => "undecided",
        _ => "refused",
    };

    private Task ReadyAsync(HttpContext context)
    {
        IReadOnlyList<string> problems = health.Problems();
        return problems.Count == 0
            ? SayAsync(context, StatusCodes.Status200OK, "ok")
            : SayAsync(context, StatusCodes.Status503ServiceUnavailable, string.Join("\n", problems));
    }

    private static Task SayAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(text + "\n", context.RequestAborted);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Kind} {Namespace}/{Name} was refused for {Count} reasons")]
    private partial void LogRefused(string kind, string @namespace, string name, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The review of {Kind} {Namespace}/{Name} was put off: the API did not answer")]
    private partial void LogNotLookedUp(Exception exception, string kind, string @namespace, string name);
}
