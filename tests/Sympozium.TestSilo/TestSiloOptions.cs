using System.Globalization;

namespace Sympozium.TestSilo;

/// <summary>What a test tells a silo, by environment variables.</summary>
public sealed record TestSiloOptions
{
    private const string Prefix = "SYMPOZIUM_TEST_SILO_";

    /// <summary>Connection string of PostgreSQL.</summary>
    public required string Database { get; init; }

    /// <summary>Path of a kubeconfig; empty leaves out the product's grains and forwarder.</summary>
    public string Kubeconfig { get; init; } = "";

    /// <summary>Name of the installation.</summary>
    public string Installation { get; init; } = "test";

    /// <summary>Port for other silos.</summary>
    public required int SiloPort { get; init; }

    /// <summary>Port for clients.</summary>
    public required int ClientPort { get; init; }

    /// <summary>How far this silo's wall clock is ahead of the machine's.</summary>
    public TimeSpan ClockSkew { get; init; }

    /// <summary>For the process's environment.</summary>
    public IEnumerable<KeyValuePair<string, string>> ToEnvironment() =>
    [
        new($"{Prefix}DATABASE", Database),
        new($"{Prefix}KUBECONFIG", Kubeconfig),
        new($"{Prefix}INSTALLATION", Installation),
        new($"{Prefix}PORT", SiloPort.ToString(CultureInfo.InvariantCulture)),
        new($"{Prefix}CLIENT_PORT", ClientPort.ToString(CultureInfo.InvariantCulture)),
        new($"{Prefix}CLOCK_SKEW", ClockSkew.ToString("c", CultureInfo.InvariantCulture)),
    ];

    /// <summary>From this process's environment.</summary>
    public static TestSiloOptions FromEnvironment() => new()
    {
        Database = Read("DATABASE"),
        Kubeconfig = Read("KUBECONFIG"),
        Installation = Read("INSTALLATION"),
        SiloPort = int.Parse(Read("PORT"), CultureInfo.InvariantCulture),
        ClientPort = int.Parse(Read("CLIENT_PORT"), CultureInfo.InvariantCulture),
        ClockSkew = TimeSpan.Parse(Read("CLOCK_SKEW"), CultureInfo.InvariantCulture),
    };

    private static string Read(string name) =>
        Environment.GetEnvironmentVariable(Prefix + name) ?? throw new InvalidOperationException($"{Prefix}{name} is not set; tests start this program.");
}
