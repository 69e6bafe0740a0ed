using System.Globalization;

namespace Sympozium.LocalCluster.Store;

/// <summary>
/// The copy of the cluster database that is made each time the control plane stops in order, of a file whose every page and row was
/// checked when it was opened. It lies beside the database.
/// </summary>
internal static class DatabaseCopy
{
    /// <summary>Replaces the copy; what went wrong, if anything did: a disk without room for it must not keep the control plane from stopping.</summary>
    public static string? Make(string path)
    {
        string copy = path + ".backup";
        string unfinished = copy + ".new";
        try
        {
            // With the last connection closed everything is in this one file.
            File.Copy(path, unfinished, overwrite: true);
            File.Move(unfinished, copy, overwrite: true);
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            TryDelete(unfinished);
            return exception.Message;
        }
    }

    /// <summary>How to go on with a database that is damaged.</summary>
    public static string Advice(string path)
    {
        string aside = $"mv '{path}' '{path}.damaged'; rm -f '{path}-wal'";
        string copy = path + ".backup";
        return File.Exists(copy)
            ? $"To restore a copy of {File.GetLastWriteTimeUtc(copy).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)} UTC, made when the control plane last stopped in order: {aside}; cp '{copy}' '{path}'"
            : $"To restore a copy that you made: {aside}; then put the copy there. Without one, the same two commands let it start with an empty cluster.";
    }

    private static void TryDelete(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Overwritten by the next attempt.
            return;
        }
    }
}
