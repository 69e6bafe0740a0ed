using System.Text;
using System.Text.Json;

namespace Sympozium.Runner.Tools;

/// <summary>Replaces texts in a file: all edits or none, one after the other.</summary>
internal sealed class EditFileTool(PathGuard paths) : ITool
{
    private const int MaxFileBytes = 16 * 1024 * 1024;
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <inheritdoc/>
    public string Name => "edit_file";

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Definition => """
        {"name":"edit_file","description":"Replaces texts in a file below /workspace or /tmp. The edits are made one after the other; if one does not fit, none is made. An old_string must occur exactly once unless replace_all is true.","parameters":{"type":"object","properties":{"path":{"type":"string","description":"Path of the file"},"edits":{"type":"array","items":{"type":"object","properties":{"old_string":{"type":"string"},"new_string":{"type":"string"},"replace_all":{"type":"boolean"}},"required":["old_string","new_string"]}}},"required":["path","edits"]}}
        """u8;

    /// <inheritdoc/>
    public ToolResult Execute(JsonElement arguments)
    {
        string given = arguments.RequiredString("path");
        string path = paths.Writable(given);
        if (!arguments.TryGetProperty("edits", out JsonElement edits) || edits.ValueKind != JsonValueKind.Array || edits.GetArrayLength() == 0)
        {
            throw new ToolException("the argument 'edits' must be a list with at least one edit.");
        }

        string text = Read(path, given);
        int number = 0;
        int replaced = 0;
        foreach (JsonElement edit in edits.EnumerateArray())
        {
            (text, int count) = Apply(text, edit, ++number, given);
            replaced += count;
        }

        Replace(path, text);
        return new ToolResult($"Replaced {replaced} places in {given}.");
    }

    private static string Read(string path, string given)
    {
        using FileStream file = GuardedFile.OpenRead(path, given);
        if (file.Length > MaxFileBytes)
        {
            throw new ToolException($"'{given}' has {file.Length} bytes; at most {MaxFileBytes} can be edited. Use execute_command with sed.");
        }

        byte[] content = new byte[file.Length];
        file.ReadExactly(content);
        try
        {
            return Strict.GetString(content);
        }
        catch (DecoderFallbackException e)
        {
            throw new ToolException($"'{given}' is not text in UTF-8.", e);
        }
    }

    private static (string Text, int Count) Apply(string text, JsonElement edit, int number, string given)
    {
        if (edit.ValueKind != JsonValueKind.Object)
        {
            throw new ToolException($"edit {number} is not an object with old_string and new_string. Nothing was changed.");
        }

        string old = edit.RequiredString("old_string");
        string replacement = edit.RequiredString("new_string");
        if (old.Length == 0)
        {
            throw new ToolException($"edit {number} has an empty old_string. Nothing was changed; use write_file for a new file.");
        }

        int count = 0;
        for (int at = text.IndexOf(old, StringComparison.Ordinal); at >= 0; at = text.IndexOf(old, at + old.Length, StringComparison.Ordinal))
        {
            count++;
        }

        if (count == 0)
        {
            throw new ToolException($"the old_string of edit {number} does not occur in '{given}'. Nothing was changed; read the file again.");
        }

        if (count > 1 && !edit.Boolean("replace_all"))
        {
            throw new ToolException(
                $"the old_string of edit {number} occurs {count} times in '{given}'. Nothing was changed; add lines around it until it is unique, or set replace_all.");
        }

        return (text.Replace(old, replacement, StringComparison.Ordinal), count);
    }

    // By a new file and a rename: a reader, or a kill at the wrong time, never sees half of it.
    private static void Replace(string path, string text)
    {
        UnixFileMode mode = File.GetUnixFileMode(path);
        string temporary = $"{Path.GetDirectoryName(path)}/.{Path.GetFileName(path)}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                file.Write(Strict.GetBytes(text));
            }

            File.SetUnixFileMode(temporary, mode);
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception)
        {
            File.Delete(temporary);
            throw;
        }
    }
}
