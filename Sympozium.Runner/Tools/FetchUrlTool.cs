using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Sympozium.Runner.Lifetime;

namespace Sympozium.Runner.Tools;

/// <summary>Gets a page from the public web. It is off the start path, so it may use HttpClient.</summary>
internal sealed class FetchUrlTool(ProcessLifetime lifetime, bool allowPrivate) : ITool
{
    private const int DefaultChars = 50_000;
    private const int MaxChars = 100_000;
    private const int MaxBytes = 2 * 1024 * 1024;
    private const int MaxRedirects = 5;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    public string Name => "fetch_url";

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Definition => """
        {"name":"fetch_url","description":"Gets a page from the public web (GET, 30 s, at most 2 MB) and returns its text; HTML is reduced to readable text. Private addresses are refused.","parameters":{"type":"object","properties":{"url":{"type":"string","description":"http or https URL"},"maxChars":{"type":"integer","description":"Most characters of the text; default 50000, at most 100000"},"headers":{"type":"object","additionalProperties":{"type":"string"},"description":"Further request headers"}},"required":["url"]}}
        """u8;

    /// <inheritdoc/>
    public ToolResult Execute(JsonElement arguments)
    {
        string given = arguments.RequiredString("url");
        int maxChars = arguments.Integer("maxChars", DefaultChars, 1, MaxChars);
        if (!Uri.TryCreate(given, UriKind.Absolute, out Uri? url) || url.Scheme is not ("http" or "https"))
        {
            throw new ToolException($"'{given}' is not an http or https URL.");
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(lifetime.Token);
        limit.CancelAfter(Limit);
        try
        {
            return Fetch(url, arguments, maxChars, limit.Token);
        }
        catch (OperationCanceledException)
        {
            lifetime.ThrowIfStopping();
            throw new ToolException($"'{given}' did not answer completely within {Limit.TotalSeconds:0} seconds.");
        }
        catch (HttpRequestException e)
        {
            ToolException? refused = e.InnerException as ToolException;
            throw refused ?? new ToolException(Explain(given, e), e);
        }
    }

    private ToolResult Fetch(Uri url, JsonElement arguments, int maxChars, CancellationToken cancellationToken)
    {
        using var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.All,
            UseCookies = false,
            UseProxy = false,
            ConnectCallback = (context, token) => ConnectAsync(context.DnsEndPoint, token),
        };
        using var client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        for (int redirects = 0; ; redirects++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, url);
            AddHeaders(request, arguments, isFirst: redirects == 0);
            using HttpResponseMessage response = client.Send(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if ((int)response.StatusCode is 301 or 302 or 303 or 307 or 308 && response.Headers.Location is { } location)
            {
                url = Follow(url, location, redirects);
                continue;
            }

            return Read(url, response, maxChars, cancellationToken);
        }
    }

    private static Uri Follow(Uri from, Uri location, int redirects)
    {
        var target = new Uri(from, location);
        if (redirects == MaxRedirects)
        {
            throw new ToolException($"the page redirects more than {MaxRedirects} times; the last target is '{target}'.");
        }

        return target.Scheme is "http" or "https" ? target : throw new ToolException($"the page redirects to '{target}', which is not http or https.");
    }

    // Headers that a model gives (they may hold a key) go to the host that it named, never to where that host redirects.
    private static void AddHeaders(HttpRequestMessage request, JsonElement arguments, bool isFirst)
    {
        request.Headers.TryAddWithoutValidation("User-Agent", "sympozium-runner");
        if (!isFirst || !arguments.TryGetProperty("headers", out JsonElement headers) || headers.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        foreach (JsonProperty header in headers.EnumerateObject())
        {
            if (header.Value.ValueKind != JsonValueKind.String || header.NameEquals("Host") || !request.Headers.TryAddWithoutValidation(header.Name, header.Value.GetString()))
            {
                throw new ToolException($"the header '{header.Name}' cannot be sent.");
            }
        }
    }

    private async ValueTask<Stream> ConnectAsync(DnsEndPoint target, CancellationToken cancellationToken)
    {
        IPAddress[] addresses = await Dns.GetHostAddressesAsync(target.Host, cancellationToken);
        foreach (IPAddress address in addresses)
        {
            if (!allowPrivate && AddressGuard.IsForbidden(address))
            {
                throw new ToolException($"'{target.Host}' is {address}, which is not a public address; fetch_url does not go there.");
            }
        }

        // By the addresses that were checked, never by the name again: its answer could change in between.
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, target.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (Exception)
        {
            socket.Dispose();
            throw;
        }
    }

    private static ToolResult Read(Uri url, HttpResponseMessage response, int maxChars, CancellationToken cancellationToken)
    {
        string type = response.Content.Headers.ContentType?.MediaType ?? "text/plain";
        bool isText = type.StartsWith("text/", StringComparison.OrdinalIgnoreCase) || type.Contains("json", StringComparison.OrdinalIgnoreCase)
            || type.Contains("xml", StringComparison.OrdinalIgnoreCase) || type.Contains("javascript", StringComparison.OrdinalIgnoreCase);
        if (!isText)
        {
            throw new ToolException($"'{url}' is of type '{type}', which is not text.");
        }

        byte[] body = new byte[MaxBytes];
        int length = 0;
        using (Stream content = response.Content.ReadAsStream(cancellationToken))
        using (cancellationToken.Register(content.Dispose))
        {
            int count;
            while (length < body.Length && (count = ReadPortion(content, body.AsSpan(length), cancellationToken)) > 0)
            {
                length += count;
            }
        }

        string text = Decode(response, body.AsSpan(0, length));
        text = type.Contains("html", StringComparison.OrdinalIgnoreCase) ? HtmlText.Extract(text) : text;
        bool isCut = length == body.Length || text.Length > maxChars;
        string shown = text.Length > maxChars ? text[..maxChars] : text;
        string head = string.Create(CultureInfo.InvariantCulture, $"{url}\nstatus {(int)response.StatusCode}, {type}\n\n");
        return new ToolResult(head + shown + (isCut ? "\n[cut]" : ""), IsError: !response.IsSuccessStatusCode);
    }

    private static int ReadPortion(Stream content, Span<byte> target, CancellationToken cancellationToken)
    {
        try
        {
            return content.Read(target);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new ToolException($"the page broke off: {e.Message}", e);
        }
    }

    private static string Decode(HttpResponseMessage response, ReadOnlySpan<byte> body)
    {
        string? charset = response.Content.Headers.ContentType?.CharSet?.Trim('"');
        bool isLatin = charset is not null && (charset.Equals("iso-8859-1", StringComparison.OrdinalIgnoreCase) || charset.Equals("windows-1252", StringComparison.OrdinalIgnoreCase));
        return (isLatin ? Encoding.Latin1 : Encoding.UTF8).GetString(body);
    }

    private static string Explain(string url, HttpRequestException e)
    {
        // A pod without egress has a loopback interface and no route.
        bool hasNoRoute = File.Exists("/proc/net/route") && File.ReadAllLines("/proc/net/route").Length <= 1;
        return hasNoRoute
            ? $"'{url}' cannot be reached: this pod has no network, its policy denies egress. Go on without the web."
            : $"'{url}' cannot be reached: {e.InnerException?.Message ?? e.Message}";
    }
}
