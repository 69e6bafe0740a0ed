using System.Net;

namespace Sympozium.Cli.ModelStub;

/// <summary>How a <see cref="ModelStubServer"/> listens and records.</summary>
public sealed class ModelStubOptions
{
    /// <summary>Where it listens: on loopback unless told otherwise.</summary>
    public IPAddress Address { get; set; } = IPAddress.Loopback;

    /// <summary>TCP port; 0 takes a free one.</summary>
    public int Port { get; set; }

    /// <summary>File that gets one JSON line per request; null records in memory only.</summary>
    public string? RecordFile { get; set; }

    /// <summary>Requests kept in memory; the oldest leave first.</summary>
    public int MaxRecordedRequests { get; set; } = 10_000;

    /// <summary>Clock of delays and timestamps.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;
}
