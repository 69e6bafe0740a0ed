namespace Sympozium.LocalCluster.Cel.Library;

/// <summary>Kubernetes' URL library.</summary>
internal static class UrlFunctions
{
    public static readonly CelType Type = CelType.Opaque("kubernetes.URL");

    public static void Add(CelFunctions functions)
    {
        functions.Add("url(string): url", a => Parse((string)a[0]) ?? throw new CelException($"URL parse error during conversion from string: parse \"{a[0]}\": invalid URI for request"));
        functions.Add("isURL(string): bool", a => Parse((string)a[0]) is not null);
        functions.Add("url.getScheme(): string", a => Part(a, url => url.Scheme));
        functions.Add("url.getHost(): string", a => Part(a, url => url.IsDefaultPort && !HasPort(url) ? Host(url) : $"{Host(url)}:{url.Port}"));
        functions.Add("url.getHostname(): string", a => Part(a, url => url.Host.Trim('[', ']')));
        functions.Add("url.getPort(): string", a => Part(a, url => url.IsDefaultPort && !HasPort(url) ? "" : $"{url.Port}"));
        functions.Add("url.getEscapedPath(): string", a => Path((Uri)a[0]));
        functions.Add("url.getQuery(): map(string, list(string))", a => Query((Uri)a[0]));
    }

    // Go's ParseRequestURI: an absolute URL, or a path that begins with a slash.
    private static Uri? Parse(string text)
    {
        if (text.Length == 0 || text.Any(c => c is ' ' or < ' ' or '\u007f'))
        {
            return null;
        }

        if (text[0] == '/')
        {
            return new Uri(text, UriKind.Relative);
        }

        return Uri.TryCreate(text, UriKind.Absolute, out Uri? url) && text.Contains(':', StringComparison.Ordinal) ? url : null;
    }

    private static string Part(object[] arguments, Func<Uri, string> part)
    {
        Uri url = (Uri)arguments[0];
        return url.IsAbsoluteUri ? part(url) : "";
    }

    private static string Host(Uri url) => url.HostNameType == UriHostNameType.IPv6 ? $"[{url.Host.Trim('[', ']')}]" : url.Host;

    private static bool HasPort(Uri url) => url.OriginalString.Contains($"{Host(url)}:{url.Port}", StringComparison.OrdinalIgnoreCase);

    private static string Path(Uri url)
    {
        if (!url.IsAbsoluteUri)
        {
            string text = url.OriginalString;
            int end = text.IndexOfAny(['?', '#']);
            return end < 0 ? text : text[..end];
        }

        // .NET adds a slash where there is no path.
        bool isBare = url.AbsolutePath == "/" && !url.OriginalString.Contains($"{url.Authority}/", StringComparison.OrdinalIgnoreCase);
        return isBare ? "" : url.AbsolutePath;
    }

    private static CelMap Query(Uri url)
    {
        string query = url.IsAbsoluteUri ? url.Query : url.OriginalString.Split('?', 2) is [_, var rest] ? rest : "";
        return new CelMap(query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Select(pair => pair.Split('=', 2))
            .GroupBy(pair => Uri.UnescapeDataString(pair[0].Replace('+', ' ')), StringComparer.Ordinal)
            .Select(group => ((object)group.Key, (object)new CelList(group.Select(pair => pair.Length > 1 ? Uri.UnescapeDataString(pair[1].Replace('+', ' ')) : "")))));
    }
}
