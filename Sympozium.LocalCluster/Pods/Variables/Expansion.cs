using System.Text;

namespace Sympozium.LocalCluster.Pods.Variables;

/// <summary>Kubernetes' $(NAME) references: unknown names stay as they are, $$ is one dollar sign.</summary>
internal static class Expansion
{
    public static string Expand(string text, IReadOnlyDictionary<string, string> values)
    {
        if (!text.Contains('$', StringComparison.Ordinal))
        {
            return text;
        }

        var result = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            char next = i + 1 < text.Length ? text[i + 1] : '\0';
            if (text[i] != '$' || next is not ('$' or '('))
            {
                result.Append(text[i]);
            }
            else if (next == '$')
            {
                result.Append('$');
                i++;
            }
            else
            {
                i = AppendReference(result, text, i, values);
            }
        }

        return result.ToString();
    }

    /// <summary>Appends what the reference at <paramref name="start"/> stands for; returns the index of its last character.</summary>
    private static int AppendReference(StringBuilder result, string text, int start, IReadOnlyDictionary<string, string> values)
    {
        int end = text.IndexOf(')', start);
        if (end < 0)
        {
            result.Append("$(");
            return start + 1;
        }

        string name = text[(start + 2)..end];
        result.Append(values.TryGetValue(name, out string? value) ? value : $"$({name})");
        return end;
    }
}
