namespace Orleans;

/// <summary>State of a grain with what its storage knows about it.</summary>
public interface IGrainState<T>
{
    T? State { get; set; }

    string? ETag { get; set; }

    bool RecordExists { get; set; }
}
