using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace Sympozium.Abstractions.Resources;

/// <summary>Settings of the whole installation. Only the one named default in the namespace sympozium-system is used.</summary>
public sealed record ConfigSpec
{
    /// <summary>Policy of the whole cluster, which tightens those of namespaces and instances: a name in sympozium-system, or namespace/name.</summary>
    public string? PolicyRef { get; init; }

    /// <summary>Entrance for agents that serve HTTP.</summary>
    public ConfigGatewaySpec? Gateway { get; init; }

    /// <summary>Regular health check of the platform by a run.</summary>
    public ConfigCanarySpec? Canary { get; init; }

    /// <summary>Prices for the cost estimates of runs.</summary>
    public ConfigPricingSpec? Pricing { get; init; }
}

/// <summary>Entrance for agents that serve HTTP.</summary>
public sealed record ConfigGatewaySpec
{
    /// <summary>Whether there is one.</summary>
    public bool? Enabled { get; init; }

    /// <summary>Gateway class.</summary>
    [DefaultValue("sympozium")]
    public string? GatewayClassName { get; init; }

    /// <summary>Name of the Gateway.</summary>
    [DefaultValue("sympozium-gateway")]
    public string? Name { get; init; }

    /// <summary>Domain below which agents get their host names.</summary>
    public string? BaseDomain { get; init; }

    /// <summary>TLS of the entrance.</summary>
    public ConfigTlsSpec? Tls { get; init; }
}

/// <summary>TLS of the entrance.</summary>
public sealed record ConfigTlsSpec
{
    /// <summary>Whether it serves HTTPS.</summary>
    public bool? Enabled { get; init; }

    /// <summary>ClusterIssuer of cert-manager that signs the certificate.</summary>
    public string? CertManagerClusterIssuer { get; init; }

    /// <summary>Secret with the certificate.</summary>
    [DefaultValue("sympozium-wildcard-cert")]
    public string? SecretName { get; init; }
}

/// <summary>Regular health check of the platform by a run.</summary>
public sealed record ConfigCanarySpec
{
    /// <summary>Whether it runs.</summary>
    public bool? Enabled { get; init; }

    /// <summary>How often, as a Go duration.</summary>
    [DefaultValue("30m")]
    public string? Interval { get; init; }

    /// <summary>Model of the check.</summary>
    public string? Model { get; init; }

    /// <summary>Provider of the check.</summary>
    public string? Provider { get; init; }

    /// <summary>Base URL of an OpenAI-compatible endpoint.</summary>
    [JsonPropertyName("baseURL")]
    public string? BaseUrl { get; init; }

    /// <summary>Secret with the provider's key.</summary>
    public string? AuthSecretRef { get; init; }
}

/// <summary>Prices for the cost estimates of runs.</summary>
public sealed record ConfigPricingSpec
{
    /// <summary>Whether the prices below are used where no real price is known.</summary>
    public bool? SimulatedEnabled { get; init; }

    /// <summary>Prices; at most 500.</summary>
    [Items(Max = 500)]
    public IReadOnlyList<ConfigPriceSpec>? SimulatedPrices { get; init; }

    /// <summary>When the prices were last changed.</summary>
    public DateTimeOffset? UpdatedAt { get; init; }

    /// <summary>Who last changed them.</summary>
    public string? UpdatedBy { get; init; }
}

/// <summary>Price of the models of a provider.</summary>
public sealed record ConfigPriceSpec
{
    /// <summary>Provider, for example openai.</summary>
    [RegularExpression("^[a-zA-Z0-9][a-zA-Z0-9._:/-]{0,127}$")]
    public required string Provider { get; init; }

    /// <summary>Beginning of the model's name; empty means all models of the provider.</summary>
    public string? Match { get; init; }

    /// <summary>Price of a million input tokens in millionths of a dollar, 1 to 1,000,000,000.</summary>
    [Range(1, 1_000_000_000)]
    public long? InputPerMTokMicro { get; init; }

    /// <summary>Price of a million output tokens in millionths of a dollar, 1 to 1,000,000,000.</summary>
    [Range(1, 1_000_000_000)]
    public long? OutputPerMTokMicro { get; init; }
}

/// <summary>What became of the settings.</summary>
public sealed record ConfigStatus
{
    /// <summary>Disabled, Pending, Ready or Error.</summary>
    public string? Phase { get; init; }

    /// <summary>State of the entrance.</summary>
    public ConfigGatewayStatus? Gateway { get; init; }

    /// <summary>State of the health check.</summary>
    public ConfigCanaryStatus? Canary { get; init; }

    /// <summary>Conditions in the usual form.</summary>
    [Items(Key = "type")]
    public IReadOnlyList<ConditionStatus>? Conditions { get; init; }
}

/// <summary>State of the entrance.</summary>
public sealed record ConfigGatewayStatus
{
    /// <summary>Whether it takes requests.</summary>
    public bool? Ready { get; init; }

    /// <summary>Its address.</summary>
    public string? Address { get; init; }

    /// <summary>Listeners that it has.</summary>
    public int? ListenerCount { get; init; }
}

/// <summary>State of the health check.</summary>
public sealed record ConfigCanaryStatus
{
    /// <summary>Whether its ensemble exists.</summary>
    public bool? EnsembleCreated { get; init; }

    /// <summary>Phase of its last run.</summary>
    public string? LastRunPhase { get; init; }

    /// <summary>When its last run ended.</summary>
    public DateTimeOffset? LastRunTime { get; init; }

    /// <summary>What the last run says of the platform.</summary>
    public string? HealthStatus { get; init; }
}
