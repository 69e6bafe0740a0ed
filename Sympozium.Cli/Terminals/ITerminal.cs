namespace Sympozium.Cli.Terminals;

/// <summary>Where a verb reads and writes: data goes to <see cref="Out"/>, everything for people to <see cref="Error"/>.</summary>
internal interface ITerminal
{
    TextReader In { get; }

    TextWriter Out { get; }

    TextWriter Error { get; }

    /// <summary>Whether a person reads <see cref="Out"/> directly.</summary>
    bool OutIsInteractive { get; }

    /// <summary>Whether a person reads <see cref="Error"/> directly.</summary>
    bool ErrorIsInteractive { get; }

    /// <summary>Whether texts for people may carry colours.</summary>
    bool Colors { get; }
}
