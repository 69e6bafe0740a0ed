using System.Globalization;

namespace Sympozium.Silo.Telemetry;

/// <summary>
/// What OpenTelemetry's standard variables ask for (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/). Those that
/// only the SDK's own parts read (OTEL_BSP_*, OTEL_RESOURCE_ATTRIBUTES, OTEL_EXPORTER_OTLP_HEADERS, …) are left to them.
/// </summary>
internal sealed record TelemetryOptions
{
    private const string General = "OTEL_EXPORTER_OTLP_";
    private const string Traces = "OTEL_EXPORTER_OTLP_TRACES_";

    /// <summary>Whether traces are exported: an endpoint is set and nothing turns them off.</summary>
    public bool ExportsTraces { get; init; }

    /// <summary>Whether metrics are kept from the start (<c>prometheus</c>), not from the first request of <c>/metrics</c> on.</summary>
    public bool KeepsMetrics { get; init; }

    /// <summary>Where traces go, for the log.</summary>
    public Uri? Endpoint { get; init; }

    /// <summary>An endpoint for traces alone, used as it is; null takes the general one.</summary>
    public Uri? TracesEndpoint { get; init; }

    /// <summary>Headers for traces alone; null takes the general ones.</summary>
    public string? TracesHeaders { get; init; }

    /// <summary>Protocol: <c>http/protobuf</c> or <c>grpc</c>.</summary>
    public string Protocol { get; init; } = "grpc";

    /// <summary>Sampler of traces that begin here.</summary>
    public string Sampler { get; init; } = "parentbased_always_on";

    /// <summary>Share that a ratio sampler takes, from 0 to 1.</summary>
    public double Ratio { get; init; } = 1;

    /// <summary>Reads the environment; every problem is in the message.</summary>
    /// <exception cref="FormatException">A variable has a value that it may not have.</exception>
    public static TelemetryOptions Read(Func<string, string?> variable)
    {
        List<string> problems = [];
        string? Get(string name) => variable(name) is { } value && value.Trim() is { Length: > 0 } text ? text : null;

        Uri? general = Url(General + "ENDPOINT", Get, problems);
        Uri? traces = Url(Traces + "ENDPOINT", Get, problems);
        bool disabled = string.Equals(Get("OTEL_SDK_DISABLED"), "true", StringComparison.OrdinalIgnoreCase);
        string[] exporters = Words(First("otlp", Get("OTEL_TRACES_EXPORTER")));
        var options = new TelemetryOptions
        {
            ExportsTraces = !disabled && (traces ?? general) is not null && OneOf("OTEL_TRACES_EXPORTER", exporters, ["otlp", "none"], problems) && exporters.Contains("otlp"),
            KeepsMetrics = !disabled && Words(First("none", Get("OTEL_METRICS_EXPORTER"))).Contains("prometheus"),
            Endpoint = traces ?? general,
            TracesEndpoint = traces,
            TracesHeaders = Get(Traces + "HEADERS"),
            Protocol = First("grpc", Get(Traces + "PROTOCOL"), Get(General + "PROTOCOL")),
            Sampler = First("parentbased_always_on", Get("OTEL_TRACES_SAMPLER")),
            Ratio = Share(Get("OTEL_TRACES_SAMPLER_ARG"), problems),
        };
        OneOf(General + "PROTOCOL", [options.Protocol], ["grpc", "http/protobuf"], problems);
        OneOf("OTEL_TRACES_SAMPLER", [options.Sampler], TraceSampler.Names, problems);
        return problems.Count == 0 || !options.ExportsTraces ? options : throw new FormatException(string.Join(" ", problems));
    }

    private static string First(string otherwise, params ReadOnlySpan<string?> values)
    {
        foreach (string? value in values)
        {
            if (value is not null)
            {
                return value;
            }
        }

        return otherwise;
    }

    private static Uri? Url(string name, Func<string, string?> get, List<string> problems)
    {
        if (get(name) is not { } text)
        {
            return null;
        }

        if (Uri.TryCreate(text, UriKind.Absolute, out Uri? url) && url.Scheme is "http" or "https")
        {
            return url;
        }

        problems.Add($"{name} is '{text}'; it must be a URL such as http://collector:4317.");
        return new Uri("http://invalid.invalid");
    }

    private static bool OneOf(string name, string[] values, string[] allowed, List<string> problems)
    {
        string[] wrong = [.. values.Except(allowed)];
        if (wrong.Length > 0)
        {
            problems.Add($"{name} is '{string.Join(',', wrong)}'; it must be one of {string.Join(", ", allowed)}.");
        }

        return wrong.Length == 0;
    }

    private static double Share(string? text, List<string> problems)
    {
        if (text is null || (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double share) && share is >= 0 and <= 1))
        {
            return text is null ? 1 : double.Parse(text, CultureInfo.InvariantCulture);
        }

        problems.Add($"OTEL_TRACES_SAMPLER_ARG is '{text}'; it must be a number from 0 to 1.");
        return 1;
    }

    private static string[] Words(string text) => text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
