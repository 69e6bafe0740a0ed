using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Pods.Processes;

/// <summary>
/// What a container's outermost process wrote about it: bubblewrap by <c>--json-status-fd</c>, the plain shell in the same words.
/// The exit code is there even when nobody watched.
/// </summary>
/// <param name="InnerPid">Process id, seen from the host, of the sandbox's first process (or of the shell); null before it was written.</param>
/// <param name="ExitCode">The container's exit code, 128 + n for signal n; null while it runs and when the record was cut off.</param>
/// <param name="WrittenAt">When the file changed last.</param>
internal sealed record ExitRecord(int? InnerPid, int? ExitCode, DateTimeOffset WrittenAt)
{
    /// <summary>Reads a record; an absent or damaged one has neither pid nor code.</summary>
    public static ExitRecord Read(string path)
    {
        int? pid = null;
        int? code = null;
        try
        {
            foreach (string line in File.ReadAllLines(path))
            {
                if (JsonNode.Parse(line) is JsonObject entry)
                {
                    pid = (int?)entry["child-pid"] ?? pid;
                    code = (int?)entry["exit-code"] ?? code;
                }
            }
        }
        catch (Exception damaged) when (damaged is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException or FormatException)
        {
            // A line that a crash cut off says nothing; what stood before it counts.
        }

        return new ExitRecord(pid, code, File.GetLastWriteTimeUtc(path));
    }
}
