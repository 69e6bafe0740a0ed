namespace Sympozium.Cli.Terminals;

/// <summary>How a text for people is meant; a colour where the terminal has colours.</summary>
internal enum Tone
{
    Plain,
    Good,
    Bad,
    Warning,
    Quiet,
    Strong,
    Accent,
}

/// <summary>Writes toned texts.</summary>
internal static class TerminalExtensions
{
    public static string Paint(this ITerminal terminal, Tone tone, string text)
    {
        string? code = tone switch
        {
            Tone.Good => "32",
            Tone.Bad => "31",
            Tone.Warning => "33",
            Tone.Quiet => "2",
            Tone.Strong => "1",
            Tone.Accent => "36",
            _ => null,
        };
        return terminal.Colors && code is not null && text.Length > 0 ? $"\e[{code}m{text}\e[0m" : text;
    }

    /// <summary>One line of data.</summary>
    public static void Print(this ITerminal terminal, string line) => terminal.Out.WriteLine(line);

    /// <summary>Data as it is.</summary>
    public static void PrintRaw(this ITerminal terminal, string text) => terminal.Out.Write(text);

    /// <summary>One line for people.</summary>
    public static void Say(this ITerminal terminal, string text, Tone tone = Tone.Plain) => terminal.Error.WriteLine(terminal.Paint(tone, text));

    /// <summary>One error for people.</summary>
    public static void Fail(this ITerminal terminal, string text) => terminal.Error.WriteLine($"{terminal.Paint(Tone.Bad, "error:")} {text}");

    /// <summary>One warning for people.</summary>
    public static void Warn(this ITerminal terminal, string text) => terminal.Error.WriteLine($"{terminal.Paint(Tone.Warning, "warning:")} {text}");
}
