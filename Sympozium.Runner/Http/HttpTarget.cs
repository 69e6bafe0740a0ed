using System.Globalization;

namespace Sympozium.Runner.Http;

/// <summary>Where a server is: a Unix socket or a host, and the path that all requests start with.</summary>
internal sealed record HttpTarget
{
    /// <summary>Path of the Unix socket; null for a host.</summary>
    public string? SocketPath { get; init; }

    /// <summary>Name or address of the host; with a socket only the value of the Host header.</summary>
    public string Host { get; init; } = "localhost";

    /// <summary>Port of the host.</summary>
    public int Port { get; init; } = 80;

    /// <summary>Whether the connection is TLS.</summary>
    public bool IsTls { get; init; }

    /// <summary>Path prefix without a slash at its end.</summary>
    public string PathPrefix { get; init; } = "";

    /// <summary>Value of the Host header.</summary>
    public string HostHeader => Port == (IsTls ? 443 : 80) ? Host : $"{Host}:{Port.ToString(CultureInfo.InvariantCulture)}";

    /// <summary>Reads <c>http(s)://host[:port][/path]</c> or <c>unix:///path</c>. By hand: System.Uri is another assembly to load.</summary>
    /// <exception cref="FormatException">It is neither.</exception>
    public static HttpTarget Parse(string url, string variable)
    {
        const string Unix = "unix://";
        if (url.StartsWith(Unix + "/", StringComparison.OrdinalIgnoreCase))
        {
            return new HttpTarget { SocketPath = url[Unix.Length..] };
        }

        bool tls = url.StartsWith("https://", StringComparison.OrdinalIgnoreCase);
        if (!tls && !url.StartsWith("http://", StringComparison.OrdinalIgnoreCase))
        {
            throw new FormatException($"{variable} is '{url}'; expected http://host[:port]/path, https://… or unix:///path.");
        }

        return Parse(url, url.AsSpan(tls ? 8 : 7), tls, tls ? 443 : 80, variable);
    }

    /// <summary>Reads what follows the scheme of a URL.</summary>
    /// <exception cref="FormatException">It is no <c>host[:port][/path]</c>.</exception>
    public static HttpTarget Parse(string url, ReadOnlySpan<char> rest, bool tls, int port, string variable)
    {
        int slash = rest.IndexOf('/');
        ReadOnlySpan<char> authority = slash < 0 ? rest : rest[..slash];
        ReadOnlySpan<char> path = slash < 0 ? default : rest[slash..];
        int colon = authority.LastIndexOf(':');
        if (colon > authority.LastIndexOf(']'))
        {
            if (!int.TryParse(authority[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out port) || port is 0 or > 65535)
            {
                throw new FormatException($"{variable} is '{url}'; its port is not a number between 1 and 65535.");
            }

            authority = authority[..colon];
        }

        if (authority.IsEmpty || authority.Contains('@'))
        {
            throw new FormatException($"{variable} is '{url}'; expected a host name without user information.");
        }

        return new HttpTarget { Host = authority.ToString(), Port = port, IsTls = tls, PathPrefix = path.TrimEnd('/').ToString() };
    }

    /// <inheritdoc/>
    public override string ToString() => SocketPath is null ? $"{HostHeader}{PathPrefix}" : $"unix:{SocketPath}{PathPrefix}";
}
