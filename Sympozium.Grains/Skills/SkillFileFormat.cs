using System.Text;
using Sympozium.Abstractions.Resources;

namespace Sympozium.Grains.Skills;

/// <summary>How a skill becomes a file: a heading, the description as a quotation, the content.</summary>
public static class SkillFileFormat
{
    /// <summary>Files of a pack by name, one <c>&lt;skill&gt;.md</c> per skill.</summary>
    public static IReadOnlyDictionary<string, string> Render(SkillPackSpec pack)
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (SkillSpec skill in pack.Skills ?? [])
        {
            var text = new StringBuilder($"# {skill.Name}\n\n");
            if (!string.IsNullOrWhiteSpace(skill.Description))
            {
                text.Append("> ").Append(skill.Description.Trim().ReplaceLineEndings("\n> ")).Append("\n\n");
            }

            files[skill.Name + ".md"] = text.Append(skill.Content.TrimEnd()).Append('\n').ToString();
        }

        return files;
    }
}
