using System.Globalization;
using Microsoft.AspNetCore.Http;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Kinds;
using Sympozium.LocalCluster.Objects;

namespace Sympozium.LocalCluster.Server;

/// <summary>Streams a container's log as plain text.</summary>
internal sealed class LogEndpoint(ObjectVerbs verbs, ServerLifetime lifetime, Func<IPodLogs> logs, TimeProvider time)
{
    private const int BufferBytes = 16 * 1024;

    public async Task HandleAsync(ApiRequest request)
    {
        string ns = request.Path.Namespace!;
        string name = request.Path.Name!;
        LogOptions options = Read(request.Query, name);
        verbs.Reader.Get(request.Kind, ns, name);
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(request.Aborted, lifetime.Stopping);
        await using Stream log = await logs().OpenAsync(ns, name, options, end.Token);
        HttpResponse response = request.Context.Response;
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "text/plain";
        await response.StartAsync(end.Token);
        byte[] buffer = new byte[BufferBytes];
        try
        {
            int read;
            while ((read = await log.ReadAsync(buffer, end.Token)) > 0)
            {
                await response.BodyWriter.WriteAsync(buffer.AsMemory(0, read), end.Token);
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The reader went away or the server stops: the text just ends.
            return;
        }
    }

    private LogOptions Read(IQueryCollection query, string pod)
    {
        long? tail = QueryOptions.Number(query, "tailLines");
        long? limit = QueryOptions.Number(query, "limitBytes");
        long? seconds = QueryOptions.Number(query, "sinceSeconds");
        DateTimeOffset? since = Time(query["sinceTime"].ToString());
        List<FieldProblem> problems = [];
        AtLeast(problems, "tailLines", tail, 0, "must be greater than or equal to 0");
        AtLeast(problems, "limitBytes", limit, 1, "must be greater than 0");
        if (seconds is not null && since is not null)
        {
            problems.Add(new FieldProblem("", "FieldValueForbidden", "Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified"));
        }
        else
        {
            AtLeast(problems, "sinceSeconds", seconds, 1, "must be greater than 0");
        }

        if (problems.Count > 0)
        {
            throw Refusals.Invalid("", "PodLogOptions", pod, problems);
        }

        return new LogOptions(
            query["container"].ToString() is { Length: > 0 } container ? container : null, QueryOptions.Flag(query, "follow"),
            tail is null ? null : (int)Math.Min(tail.Value, int.MaxValue))
        {
            Previous = QueryOptions.Flag(query, "previous"),
            Timestamps = QueryOptions.Flag(query, "timestamps"),
            LimitBytes = limit,
            SinceTime = seconds is { } ago ? time.GetUtcNow().AddSeconds(-Math.Min(ago, int.MaxValue)) : since,
        };
    }

    private static void AtLeast(List<FieldProblem> problems, string name, long? value, long least, string words)
    {
        if (value < least)
        {
            problems.Add(new FieldProblem(name, "FieldValueInvalid", string.Create(CultureInfo.InvariantCulture, $"Invalid value: {value}: {words}")));
        }
    }

    private static DateTimeOffset? Time(string text)
    {
        if (text.Length == 0)
        {
            return null;
        }

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset at)
            ? at
            : throw Refusals.BadRequest($"parsing time \"{text}\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"{text}\" as \"2006\"");
    }
}
