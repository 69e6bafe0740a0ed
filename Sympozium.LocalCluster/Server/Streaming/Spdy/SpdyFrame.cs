namespace Sympozium.LocalCluster.Server.Streaming.Spdy;

/// <summary>The frames of SPDY/3.1 that are used (https://www.chromium.org/spdy/spdy-protocol/spdy-protocol-draft3-1/).</summary>
internal static class SpdyFrame
{
    public const int HeaderBytes = 8;
    public const int MaxLength = (1 << 24) - 1;

    public const ushort Version = 3;
    public const ushort SynStream = 1;
    public const ushort SynReply = 2;
    public const ushort RstStream = 3;
    public const ushort Ping = 6;
    public const ushort GoAway = 7;

    public const byte FlagFin = 1;

    /// <summary>Status of a reset that means: no.</summary>
    public const int RefusedStream = 3;
}
