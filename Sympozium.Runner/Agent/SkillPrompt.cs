using System.Text;
using Sympozium.Runner.Lifetime;

namespace Sympozium.Runner.Agent;

/// <summary>Puts the instance's system prompt and the mounted skills together.</summary>
internal static class SkillPrompt
{
    private const string Heading = "## Your Skills";

    /// <summary>The system prompt with every file under the skills directory that is not hidden, in order of name, as long as there is room.</summary>
    public static string Compose(string systemPrompt, string skillsRoot, int maxBytes)
    {
        if (!Directory.Exists(skillsRoot))
        {
            return systemPrompt;
        }

        var prompt = new StringBuilder(systemPrompt);
        int left = maxBytes;
        bool any = false;
        foreach (string path in Files(skillsRoot))
        {
            string content = File.ReadAllText(path).Trim();
            if (content.Length == 0)
            {
                continue;
            }

            int size = Encoding.UTF8.GetByteCount(content);
            if (size > left)
            {
                RunnerLog.Error($"The skill '{path}' has {size} bytes and only {left} are left of {maxBytes}; it is left out of the prompt.");
                continue;
            }

            left -= size;
            prompt.Append(prompt.Length == 0 ? "" : "\n\n").Append(any ? "" : Heading + "\n\n").Append(content);
            any = true;
        }

        return prompt.ToString();
    }

    // A projected volume shows its files as links next to a hidden directory that holds them.
    private static IEnumerable<string> Files(string directory)
    {
        var entries = new List<string>(Directory.EnumerateFileSystemEntries(directory));
        entries.Sort(string.CompareOrdinal);
        foreach (string entry in entries)
        {
            if (Path.GetFileName(entry).StartsWith('.'))
            {
                continue;
            }

            if (!Directory.Exists(entry))
            {
                yield return entry;
                continue;
            }

            foreach (string inner in Files(entry))
            {
                yield return inner;
            }
        }
    }
}
