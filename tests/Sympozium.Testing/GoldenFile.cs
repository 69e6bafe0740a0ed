namespace Sympozium.Testing;

/// <summary>Compares text with a committed file, or writes the file when SYMPOZIUM_REGENERATE=1.</summary>
public static class GoldenFile
{
    /// <summary>Throws with the first different line when <paramref name="actual"/> is not what the file holds.</summary>
    public static void Check(string path, string actual)
    {
        if (Environment.GetEnvironmentVariable("SYMPOZIUM_REGENERATE") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, actual);
            return;
        }

        string expected = File.Exists(path) ? File.ReadAllText(path) : "";
        if (expected == actual)
        {
            return;
        }

        string[] before = expected.Split('\n');
        string[] after = actual.Split('\n');
        int line = before.Zip(after).TakeWhile(pair => pair.First == pair.Second).Count();
        throw new GoldenFileException(
            $"{path} differs from line {line + 1} on.\n  file: {before.ElementAtOrDefault(line)}\n  now:  {after.ElementAtOrDefault(line)}\n"
            + "If the change is meant, run the test again with SYMPOZIUM_REGENERATE=1 and commit the file.");
    }
}

/// <summary>A golden file differs.</summary>
public sealed class GoldenFileException(string message) : Exception(message);
