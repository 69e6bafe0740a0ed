using Sympozium.Silo.Telemetry;

namespace Sympozium.Silo.Tests.Telemetry;

public sealed class TelemetryOptionsTests
{
    [Fact]
    public void Read_NothingSet_ExportsAndKeepsNothing()
    {
        TelemetryOptions options = Read();
        Assert.False(options.ExportsTraces || options.KeepsMetrics);
    }

    [Theory]
    [InlineData("OTEL_SDK_DISABLED", "true")]
    [InlineData("OTEL_TRACES_EXPORTER", "none")]
    public void Read_TurnedOff_ExportsNothingThoughThereIsAnEndpoint(string name, string value) =>
        Assert.False(Read(("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4317"), (name, value)).ExportsTraces);

    [Fact]
    public void Read_VariablesForTraces_WinOverTheGeneralOnes()
    {
        TelemetryOptions options = Read(
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://general:4317"),
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://traces/v1/traces"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf"),
            ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"),
            ("OTEL_TRACES_SAMPLER_ARG", "0.25"),
            ("OTEL_METRICS_EXPORTER", "prometheus"));

        Assert.Equal(("https://traces/v1/traces", "http/protobuf", 0.25, true), (options.TracesEndpoint!.ToString(), options.Protocol, options.Ratio, options.KeepsMetrics));
    }

    [Fact]
    public void Read_WrongValues_NamesAllOfThem()
    {
        FormatException refused = Assert.Throws<FormatException>(() => Read(
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "c:4317"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"), ("OTEL_TRACES_SAMPLER_ARG", "2")));

        Assert.Contains("OTEL_EXPORTER_OTLP_ENDPOINT is 'c:4317'; it must be a URL", refused.Message, StringComparison.Ordinal);
        Assert.Contains("OTEL_EXPORTER_OTLP_PROTOCOL is 'http/json'; it must be one of grpc, http/protobuf.", refused.Message, StringComparison.Ordinal);
        Assert.Contains("OTEL_TRACES_SAMPLER_ARG is '2'; it must be a number from 0 to 1.", refused.Message, StringComparison.Ordinal);
    }

    private static TelemetryOptions Read(params (string Name, string Value)[] variables)
    {
        var known = variables.ToDictionary(pair => pair.Name, pair => pair.Value);
        return TelemetryOptions.Read(known.GetValueOrDefault);
    }
}
