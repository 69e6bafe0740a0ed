using System.Text;
using Sympozium.Runner.Posix;

namespace Sympozium.Runner.Lifetime;

/// <summary>
/// The container's log: whole lines written straight to the descriptors 1 and 2. A logging framework and System.Console cost more at
/// the start than a short run does; the pod's log is for people and has no structure but its lines. Never pass prompts or tokens.
/// </summary>
internal static class RunnerLog
{
    private static readonly Descriptor Output = new(1);
    private static readonly Descriptor ErrorOutput = new(2);

    /// <summary>A line about what goes on.</summary>
    public static void Info(string message) => WriteTo(Output, message + "\n");

    /// <summary>A line about something that went wrong.</summary>
    public static void Error(string message) => WriteTo(ErrorOutput, message + "\n");

    /// <summary>Text as it is.</summary>
    public static void Plain(string text) => WriteTo(Output, text);

    /// <summary>Bytes as they are.</summary>
    public static void Plain(ReadOnlySpan<byte> text) => WriteTo(Output, text);

    private static void WriteTo(Descriptor descriptor, string text) => WriteTo(descriptor, Encoding.UTF8.GetBytes(text));

    private static void WriteTo(Descriptor descriptor, ReadOnlySpan<byte> text)
    {
        try
        {
            descriptor.Write(text);
        }
        catch (IOException e)
        {
            // The reader of the log is gone; the run goes on, because its files carry the result too.
            LastFailure = e.Message;
        }
    }

    /// <summary>Why the log could not be written, if so.</summary>
    public static string? LastFailure { get; private set; }
}
