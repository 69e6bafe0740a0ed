namespace Sympozium.LocalCluster.Pods.Logs;

/// <summary>The first so many bytes of a stream.</summary>
internal sealed class LimitedStream(Stream inner, long limit) : LogStream(inner)
{
    private long _left = limit;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count = _left == 0 ? 0 : await Log.ReadAsync(buffer[..(int)Math.Min(buffer.Length, _left)], cancellationToken);
        _left -= count;
        return count;
    }
}
