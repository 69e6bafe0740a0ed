using System.Net;
using System.Text;

namespace Sympozium.Runner.Tools;

/// <summary>Takes the readable text out of HTML: no scripts, no styles, a line per block.</summary>
internal static class HtmlText
{
    private static readonly string[] Skipped = ["script", "style", "noscript", "template", "svg", "head"];

    private static readonly HashSet<string> Blocks = new(StringComparer.OrdinalIgnoreCase)
    {
        "p", "div", "br", "li", "ul", "ol", "tr", "table", "section", "article", "header", "footer", "main", "nav", "aside", "pre",
        "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "dt", "dd", "figure", "form",
    };

    /// <summary>The text.</summary>
    public static string Extract(string html)
    {
        var text = new StringBuilder(html.Length / 2);
        int position = 0;
        while (position < html.Length)
        {
            int tag = html.IndexOf('<', position);
            Append(text, html.AsSpan(position, (tag < 0 ? html.Length : tag) - position));
            if (tag < 0)
            {
                break;
            }

            position = AfterTag(html, tag, text);
        }

        return text.ToString().Trim();
    }

    private static int AfterTag(string html, int tag, StringBuilder text)
    {
        if (html.AsSpan(tag).StartsWith("<!--"))
        {
            int end = html.IndexOf("-->", tag + 4, StringComparison.Ordinal);
            return end < 0 ? html.Length : end + 3;
        }

        int close = html.IndexOf('>', tag);
        if (close < 0)
        {
            return html.Length;
        }

        int start = tag + 1 < close && html[tag + 1] == '/' ? tag + 2 : tag + 1;
        int nameEnd = start;
        while (nameEnd < close && char.IsAsciiLetterOrDigit(html[nameEnd]))
        {
            nameEnd++;
        }

        string name = html[start..nameEnd];
        if (Blocks.Contains(name))
        {
            Break(text);
        }

        return start == tag + 1 && Array.Exists(Skipped, skipped => skipped.Equals(name, StringComparison.OrdinalIgnoreCase))
            ? AfterElement(html, name, close + 1)
            : close + 1;
    }

    private static int AfterElement(string html, string name, int from)
    {
        int end = html.IndexOf($"</{name}", from, StringComparison.OrdinalIgnoreCase);
        int close = end < 0 ? -1 : html.IndexOf('>', end);
        return close < 0 ? html.Length : close + 1;
    }

    private static void Append(StringBuilder text, ReadOnlySpan<char> raw)
    {
        foreach (char character in WebUtility.HtmlDecode(raw.ToString()))
        {
            if (!char.IsWhiteSpace(character))
            {
                text.Append(character);
            }
            else if (text.Length > 0 && text[^1] is not (' ' or '\n'))
            {
                text.Append(' ');
            }
        }
    }

    private static void Break(StringBuilder text)
    {
        while (text.Length > 0 && text[^1] == ' ')
        {
            text.Length--;
        }

        if (text.Length > 0 && text[^1] != '\n')
        {
            text.Append('\n');
        }
    }
}
