using System.Globalization;
using System.Text;

namespace Sympozium.Silo.Local;

/// <summary>Options of the verb <c>local</c>.</summary>
internal sealed record LocalOptions
{
    /// <summary>What the kernel allows for the path of a Unix socket, without the final zero.</summary>
    private const int MaxSocketPathBytes = 107;

    /// <summary>Data directory; made when missing.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Port of the gateway; 0 takes a free one. Default 8080.</summary>
    public int GatewayPort { get; init; } = 8080;

    /// <summary>Port of the Kubernetes API; 0 takes a free one. Default 8443.</summary>
    public int KubePort { get; init; } = 8443;

    /// <summary>Reads the command line; throws with a message for the user when it is wrong.</summary>
    /// <exception cref="FormatException">An option is unknown, lacks its value or has a wrong one.</exception>
    public static LocalOptions Parse(string[] args)
    {
        string? data = null;
        var options = new LocalOptions { DataDirectory = "" };
        for (int i = 0; i < args.Length; i += 2)
        {
            string value = i + 1 < args.Length ? args[i + 1] : throw new FormatException($"The option '{args[i]}' needs a value.");
            switch (args[i])
            {
                case "--data":
                    data = Path.GetFullPath(value);
                    break;
                case "--gateway-port":
                    options = options with { GatewayPort = Port(args[i], value) };
                    break;
                case "--kube-port":
                    options = options with { KubePort = Port(args[i], value) };
                    break;
                default:
                    throw new FormatException($"The option '{args[i]}' is unknown; there are --data, --gateway-port and --kube-port.");
            }
        }

        data = data ?? throw new FormatException("The option '--data DIR' is missing.");
        int length = Encoding.UTF8.GetByteCount(LocalControlPlane.SocketPath(data));
        return length <= MaxSocketPathBytes
            ? options with { DataDirectory = data }
            : throw new FormatException($"The data directory '{data}' has too long a path: the gateway's socket in it would have {length} bytes, and {MaxSocketPathBytes} is the most. Choose a shorter one.");
    }

    private static int Port(string option, string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port <= 65535
            ? port
            : throw new FormatException($"The option '{option}' has the value '{value}'; it must be a port from 0 to 65535, where 0 takes a free one.");
}
