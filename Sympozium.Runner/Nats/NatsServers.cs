using Sympozium.Abstractions;
using Sympozium.Abstractions.Events;
using Sympozium.Abstractions.Ipc;
using Sympozium.Runner.Http;

namespace Sympozium.Runner.Nats;

/// <summary>The NATS servers that the pod may speak to, and as which run.</summary>
internal sealed record NatsServers
{
    private const string Plain = "nats://";
    private const string Tls = "tls://";
    private const int DefaultPort = 4222;

    /// <summary>The servers, in the order in which they are tried.</summary>
    public required IReadOnlyList<HttpTarget> Servers { get; init; }

    /// <summary>File with the credentials, read at each connect.</summary>
    public required string CredentialsFile { get; init; }

    /// <summary>PEM file with the authorities that the servers' certificate may come from; null trusts the system's.</summary>
    public string? AuthorityFile { get; init; }

    /// <summary>The run.</summary>
    public required ResourceKey Run { get; init; }

    /// <summary>Its uid.</summary>
    public required string RunUid { get; init; }

    /// <summary>Whether a bus URL means NATS.</summary>
    public static bool IsNats(string url) => url.StartsWith(Plain, StringComparison.OrdinalIgnoreCase) || url.StartsWith(Tls, StringComparison.OrdinalIgnoreCase);

    /// <summary>Subject of events of a topic about the run.</summary>
    public string Subject(string topic) => BusSubjects.For(topic, Run, RunUid);

    /// <summary>Reads URLs with commas between them; null when something is wrong, which <paramref name="problems"/> says then.</summary>
    public static NatsServers? Read(string urls, string? credentials, string? authority, string? ns, string? run, string? uid, List<string> problems)
    {
        var servers = new List<HttpTarget>();
        foreach (string url in urls.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            try
            {
                bool tls = url.StartsWith(Tls, StringComparison.OrdinalIgnoreCase);
                servers.Add(HttpTarget.Parse(url, url.AsSpan(IsNats(url) ? (tls ? Tls : Plain).Length : 0), tls, DefaultPort, PodEnvironment.EventBusUrl));
            }
            catch (FormatException e)
            {
                problems.Add(e.Message);
            }
        }

        if (credentials is null)
        {
            problems.Add($"{PodEnvironment.EventBusCredentials} is not set; it must be the file with the credentials for NATS.");
        }

        if (uid is null)
        {
            problems.Add($"{PodEnvironment.OpenAiApiKey} is not set or no run's token; the uid in it is part of what is published on NATS.");
        }

        return problems.Count > 0
            ? null
            : new NatsServers { Servers = servers, CredentialsFile = credentials!, AuthorityFile = authority, Run = new ResourceKey(ns!, run!), RunUid = uid! };
    }

    /// <summary>The user's token in the credentials file.</summary>
    /// <exception cref="TransportException">The file cannot be read, or has none; it may be mounted later.</exception>
    public string ReadToken()
    {
        const string Begin = "-----BEGIN NATS USER JWT-----";
        const string End = "------END NATS USER JWT------";
        string text;
        try
        {
            text = File.ReadAllText(CredentialsFile);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TransportException($"The credentials '{CredentialsFile}' cannot be read ({e.Message}).", e);
        }

        int start = text.IndexOf(Begin, StringComparison.Ordinal);
        int end = start < 0 ? -1 : text.IndexOf(End, start, StringComparison.Ordinal);
        return end < 0
            ? throw new TransportException($"The file '{CredentialsFile}' has no NATS user JWT.")
            : text[(start + Begin.Length)..end].Trim();
    }
}
