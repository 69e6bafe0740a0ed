namespace Orleans.Runtime;

/// <summary>The activation ended, or forgot the enumeration, before the enumeration was complete.</summary>
public sealed class EnumerationAbortedException : Exception
{
    public EnumerationAbortedException()
        : base("The enumeration was aborted.")
    {
    }

    public EnumerationAbortedException(string message)
        : base(message)
    {
    }

    public EnumerationAbortedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
