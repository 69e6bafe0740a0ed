using System.Text;
using System.Text.Json;

namespace Sympozium.Runner.Tools;

/// <summary>Writes a whole file.</summary>
internal sealed class WriteFileTool(PathGuard paths) : ITool
{
    /// <inheritdoc/>
    public string Name => "write_file";

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Definition => """
        {"name":"write_file","description":"Writes a file below /workspace or /tmp, replacing what is there; makes missing directories.","parameters":{"type":"object","properties":{"path":{"type":"string","description":"Path of the file; relative ones start in /workspace"},"content":{"type":"string","description":"The whole content"}},"required":["path","content"]}}
        """u8;

    /// <inheritdoc/>
    public ToolResult Execute(JsonElement arguments)
    {
        string given = arguments.RequiredString("path");
        byte[] content = Encoding.UTF8.GetBytes(arguments.RequiredString("content"));
        string path = paths.Writable(given);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using (FileStream file = GuardedFile.OpenWrite(path, given))
        {
            file.Write(content);
        }

        return new ToolResult($"Wrote {content.Length} bytes to {given}.");
    }
}
