using System.Text;
using Sympozium.Cli.Terminals;

namespace Sympozium.Cli.Tests;

/// <summary>A terminal whose input a test writes and whose output it reads, also while a verb still writes.</summary>
internal sealed class PlayedTerminal(string input = "") : ITerminal
{
    public TextReader In { get; } = new StringReader(input);

    public TextWriter Out { get; } = new CollectingWriter();

    public TextWriter Error { get; } = new CollectingWriter();

    public bool OutIsInteractive { get; init; }

    public bool ErrorIsInteractive { get; init; }

    public bool Colors { get; init; }

    public string OutText => Out.ToString()!;

    public string ErrorText => Error.ToString()!;

    /// <summary>Everything that ends in <see cref="Write(char)"/>, under one lock.</summary>
    private sealed class CollectingWriter : TextWriter
    {
        private readonly StringBuilder _text = new();

        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value)
        {
            lock (_text)
            {
                _text.Append(value);
            }
        }

        public override string ToString()
        {
            lock (_text)
            {
                return _text.ToString();
            }
        }
    }
}
