namespace Sympozium.EndToEnd.Tests.LiveCluster;

/// <summary>A control plane on this machine that works for a cluster elsewhere.</summary>
internal interface ILiveControlPlane : IAsyncDisposable
{
    /// <summary>Base URL at which pods reach the gateway.</summary>
    string GatewayUrl { get; }

    /// <summary>The gateway, as a client with its token.</summary>
    HttpClient Gateway { get; }

    /// <summary>Bearer token of the gateway's clients.</summary>
    string Token { get; }

    /// <summary>What it has logged.</summary>
    string Log { get; }
}
