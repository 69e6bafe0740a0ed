using System.Text;

namespace Sympozium.Cli.Terminals;

/// <summary>The terminal of this process. Colours only on a terminal, never with <c>NO_COLOR</c> (https://no-color.org) or <c>TERM=dumb</c>.</summary>
internal sealed class ProcessTerminal : ITerminal
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    public ProcessTerminal()
    {
        // Not through Console: its streams cost start-up time for encodings and terminal modes that no verb needs.
        Out = new StreamWriter(Console.OpenStandardOutput(), Utf8) { AutoFlush = true };
        Error = new StreamWriter(Console.OpenStandardError(), Utf8) { AutoFlush = true };
        OutIsInteractive = !Console.IsOutputRedirected;
        ErrorIsInteractive = !Console.IsErrorRedirected;
        Colors = ErrorIsInteractive && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
            && Environment.GetEnvironmentVariable("TERM") is not ("dumb" or null);
    }

    public TextReader In => Console.In;

    public TextWriter Out { get; }

    public TextWriter Error { get; }

    public bool OutIsInteractive { get; }

    public bool ErrorIsInteractive { get; }

    public bool Colors { get; }
}
