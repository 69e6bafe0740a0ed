using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Sympozium.Runner.Tools;

/// <summary>Lists a directory.</summary>
internal sealed class ListDirectoryTool(PathGuard paths) : ITool
{
    private const int MaxEntries = 10_000;

    /// <inheritdoc/>
    public string Name => "list_directory";

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Definition => """
        {"name":"list_directory","description":"Lists a directory below /workspace, /skills, /tmp or /ipc: directories end with a slash, files have their size.","parameters":{"type":"object","properties":{"path":{"type":"string","description":"The directory; default /workspace"}}}}
        """u8;

    /// <inheritdoc/>
    public ToolResult Execute(JsonElement arguments)
    {
        string given = arguments.OptionalString("path") ?? "/workspace";
        var directory = new DirectoryInfo(paths.Readable(given));
        if (!directory.Exists)
        {
            throw new ToolException(File.Exists(directory.FullName) ? $"'{given}' is a file; use read_file." : $"'{given}' does not exist.");
        }

        var lines = new List<string>();
        foreach (FileSystemInfo entry in directory.EnumerateFileSystemInfos())
        {
            lines.Add(Describe(entry));
            if (lines.Count == MaxEntries)
            {
                break;
            }
        }

        lines.Sort(string.CompareOrdinal);
        return new ToolResult(lines.Count == 0 ? "(empty)" : Join(lines));
    }

    private static string Describe(FileSystemInfo entry) => entry switch
    {
        { LinkTarget: { } target } => $"{entry.Name} -> {target}",
        DirectoryInfo => entry.Name + "/",
        FileInfo file => string.Create(CultureInfo.InvariantCulture, $"{entry.Name} ({file.Length} bytes)"),
        _ => entry.Name,
    };

    private static string Join(List<string> lines)
    {
        var text = new StringBuilder();
        int size = 0;
        for (int i = 0; i < lines.Count; i++)
        {
            size += Encoding.UTF8.GetByteCount(lines[i]) + 1;
            if (size > TextCap.MaxBytes)
            {
                return text.Append(CultureInfo.InvariantCulture, $"[cut: {lines.Count - i} of {lines.Count} entries are not shown]").ToString();
            }

            text.Append(lines[i]).Append('\n');
        }

        return text.ToString();
    }
}
