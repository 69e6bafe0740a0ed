using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Sympozium.Runner.Tools;

/// <summary>Reads a part of a text file, by lines.</summary>
internal sealed class ReadFileTool(PathGuard paths) : ITool
{
    private const int BinaryProbeBytes = 8192;
    private const int MaxLineBytes = 4000;

    /// <inheritdoc/>
    public string Name => "read_file";

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Definition => """
        {"name":"read_file","description":"Reads a text file below /workspace, /skills, /tmp or /ipc, at most 8000 bytes, cut at a line. Use offset and limit for the rest.","parameters":{"type":"object","properties":{"path":{"type":"string","description":"Path of the file; relative ones start in /workspace"},"offset":{"type":"integer","description":"First line, from 1; default 1"},"limit":{"type":"integer","description":"Most lines; default all that fit"}},"required":["path"]}}
        """u8;

    /// <inheritdoc/>
    public ToolResult Execute(JsonElement arguments)
    {
        string given = arguments.RequiredString("path");
        int offset = arguments.Integer("offset", 1, 1, int.MaxValue);
        int limit = arguments.Integer("limit", int.MaxValue, 1, int.MaxValue);
        using FileStream file = GuardedFile.OpenRead(paths.Readable(given), given);
        byte[] probe = new byte[BinaryProbeBytes];
        int probed = file.ReadAtLeast(probe, probe.Length, throwOnEndOfStream: false);
        if (probe.AsSpan(0, probed).Contains((byte)0))
        {
            throw new ToolException($"'{given}' is a binary file of {file.Length} bytes. Look at it with execute_command, for example with od or strings.");
        }

        file.Position = 0;
        return new ToolResult(ReadLines(file, offset, limit));
    }

    private static string ReadLines(FileStream file, int offset, int limit)
    {
        using var reader = new StreamReader(file, Encoding.UTF8);
        var text = new StringBuilder();
        int size = 0;
        int shown = 0;
        int number = 0;
        while (NextLine(reader) is { } line)
        {
            number++;
            if (number < offset)
            {
                continue;
            }

            int bytes = Encoding.UTF8.GetByteCount(line) + 1;
            if (shown == limit || size + bytes > TextCap.MaxBytes)
            {
                return text.Append(CultureInfo.InvariantCulture, $"[cut before line {number}; go on with offset {number}]").ToString();
            }

            text.Append(line).Append('\n');
            size += bytes;
            shown++;
        }

        return shown > 0 || offset == 1
            ? text.ToString()
            : throw new ToolException($"the file has only {number} lines; offset {offset} is behind its end.");
    }

    // ReadLine would take a file without line ends into memory at once.
    private static string? NextLine(StreamReader reader)
    {
        var line = new StringBuilder();
        int dropped = 0;
        int current;
        while ((current = reader.Read()) is not (-1 or '\n'))
        {
            if (line.Length < MaxLineBytes / 4 * 3)
            {
                line.Append((char)current);
            }
            else
            {
                dropped++;
            }
        }

        if (current == -1 && line.Length == 0)
        {
            return null;
        }

        return dropped == 0 ? line.ToString() : line.Append(CultureInfo.InvariantCulture, $" [cut: {dropped} characters of this line]").ToString();
    }
}
