using Orleans.Runtime;

namespace Orleans.Storage;

/// <summary>The stored state is newer than the one which the writer read.</summary>
public class InconsistentStateException : OrleansException
{
    public InconsistentStateException()
    {
    }

    public InconsistentStateException(string message)
        : base(message)
    {
    }

    public InconsistentStateException(string message, Exception? innerException)
        : base(message, innerException!)
    {
    }

    public InconsistentStateException(string errorMsg, string? storedEtag, string? currentEtag, Exception? storageException = null)
        : base(errorMsg, storageException!)
    {
        StoredEtag = storedEtag;
        CurrentEtag = currentEtag;
    }

    public string? StoredEtag { get; }

    public string? CurrentEtag { get; }

    // The activation which saw the conflict is rebuilt from storage; its callers, through which the exception passes, are not.
    internal bool IsSourceActivation { get; set; } = true;
}
