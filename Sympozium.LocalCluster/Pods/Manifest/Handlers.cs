using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Sympozium.LocalCluster.Pods.Manifest;

/// <summary>What is done right after a container's start and right before its end.</summary>
internal sealed record LifecycleHooks
{
    public Handler? PostStart { get; set; }

    public Handler? PreStop { get; set; }
}

/// <summary>An action in or against a container; exactly one is set.</summary>
internal record Handler
{
    public ExecAction? Exec { get; set; }

    public HttpGetAction? HttpGet { get; set; }

    public TcpSocketAction? TcpSocket { get; set; }

    public SleepAction? Sleep { get; set; }

    /// <summary>Of probes only.</summary>
    public GrpcProbe? Grpc { get; set; }

    /// <summary>Kinds of actions that local pods do not have, by name.</summary>
    [JsonExtensionData]
    public JsonObject? Other { get; set; }
}

/// <summary>A repeated check of a container. Defaults are those that the API fills in.</summary>
internal sealed record Probe : Handler
{
    public int InitialDelaySeconds { get; set; }

    public int PeriodSeconds { get; set; } = 10;

    public int TimeoutSeconds { get; set; } = 1;

    public int SuccessThreshold { get; set; } = 1;

    public int FailureThreshold { get; set; } = 3;

    /// <summary>Instead of the pod's when this probe ends the container.</summary>
    public int? TerminationGracePeriodSeconds { get; set; }
}

/// <summary>A command in the container; success is exit code 0.</summary>
internal sealed record ExecAction
{
    public List<string> Command { get; set; } = [];
}

/// <summary>A request; success is a status from 200 to 399.</summary>
internal sealed record HttpGetAction
{
    public string Path { get; set; } = "/";

    /// <summary>A number or the name of one of the container's ports.</summary>
    public JsonElement Port { get; set; }

    public string? Host { get; set; }

    public string Scheme { get; set; } = "HTTP";

    public List<HttpHeaderValue> HttpHeaders { get; set; } = [];
}

/// <summary>A header of a request.</summary>
internal sealed record HttpHeaderValue
{
    public string Name { get; set; } = "";

    public string Value { get; set; } = "";
}

/// <summary>A connection; success is that it is accepted.</summary>
internal sealed record TcpSocketAction
{
    /// <summary>A number or the name of one of the container's ports.</summary>
    public JsonElement Port { get; set; }

    public string? Host { get; set; }
}

/// <summary>A question of the gRPC health protocol; success is <c>SERVING</c>.</summary>
internal sealed record GrpcProbe
{
    public int Port { get; set; }

    /// <summary>The service that is asked about; empty for the whole server.</summary>
    public string? Service { get; set; }
}

/// <summary>Nothing, for a while.</summary>
internal sealed record SleepAction
{
    public long Seconds { get; set; }
}
