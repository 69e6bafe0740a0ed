namespace Sympozium.GrainRuntime.Activations;

/// <summary>First in, first out. The owner's lock guards it.</summary>
internal struct WorkQueue
{
    private WorkItem? _tail;

    public WorkItem? Head { get; private set; }

    public readonly bool IsEmpty => Head is null;

    public void Enqueue(WorkItem item)
    {
        item.Next = null;
        if (_tail is null)
        {
            Head = item;
        }
        else
        {
            _tail.Next = item;
        }

        _tail = item;
    }

    public WorkItem? Dequeue()
    {
        var item = Head;
        if (item is not null)
        {
            Unlink(null, item);
        }

        return item;
    }

    /// <summary>Takes out <paramref name="item"/>, whose predecessor is <paramref name="previous"/> (null for the head).</summary>
    public void Unlink(WorkItem? previous, WorkItem item)
    {
        if (previous is null)
        {
            Head = item.Next;
        }
        else
        {
            previous.Next = item.Next;
        }

        if (ReferenceEquals(_tail, item))
        {
            _tail = previous;
        }

        item.Next = null;
    }

    /// <summary>Empties the queue and gives its first item; the rest hangs on <see cref="WorkItem.Next"/>.</summary>
    public WorkItem? TakeAll()
    {
        var head = Head;
        Head = null;
        _tail = null;
        return head;
    }
}
