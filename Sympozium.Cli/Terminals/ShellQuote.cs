namespace Sympozium.Cli.Terminals;

/// <summary>Makes a text one word of a shell command that a person may paste.</summary>
internal static class ShellQuote
{
    public static string Of(string text) =>
        text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '.' or '-' or '_' or ':' or '=' or ',' or '@')
            ? text
            : $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
