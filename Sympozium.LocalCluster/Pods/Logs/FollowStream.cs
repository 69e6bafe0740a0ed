namespace Sympozium.LocalCluster.Pods.Logs;

/// <summary>Reads a log and goes on as it grows; ends when the container has ended and everything is read.</summary>
internal sealed class FollowStream(FileStream file, Task ended, TimeSpan period, TimeProvider time) : LogStream(file)
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            // Looked at before the read: what was written before the end is then read for sure.
            bool over = ended.IsCompleted;
            if (Log.Position > Log.Length)
            {
                // The log was cut off on a file system that cannot have holes.
                Log.Position = 0;
            }

            int count = await Log.ReadAsync(buffer, cancellationToken);
            if (count > 0 || over)
            {
                return count;
            }

            using var wait = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny(ended, Task.Delay(period, time, wait.Token));
            await wait.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
        }
    }
}
