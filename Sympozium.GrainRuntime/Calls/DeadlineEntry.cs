namespace Sympozium.GrainRuntime.Calls;

/// <summary>Something that happens unless it is removed in time. The queue's lock guards it.</summary>
internal sealed class DeadlineEntry(DeadlineQueue queue, Action<object> expired, object state)
{
    public DeadlineEntry? Previous { get; set; }

    public DeadlineEntry? Next { get; set; }

    public long Due { get; set; }

    public bool IsQueued { get; set; }

    public void Remove() => queue.Remove(this);

    public void Expire() => expired(state);
}
