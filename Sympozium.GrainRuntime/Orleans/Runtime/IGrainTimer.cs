namespace Orleans.Runtime;

/// <summary>A timer of one activation. Disposing it stops it.</summary>
public interface IGrainTimer : IDisposable
{
    void Change(TimeSpan dueTime, TimeSpan period);
}
