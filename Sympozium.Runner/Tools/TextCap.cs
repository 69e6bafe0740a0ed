using System.Globalization;
using System.Text;

namespace Sympozium.Runner.Tools;

/// <summary>Cuts what goes back to the model: a model pays for every byte, and 50 MB of output would end the run.</summary>
internal static class TextCap
{
    /// <summary>Most bytes of one result.</summary>
    public const int MaxBytes = 8000;

    /// <summary>The longest prefix of whole characters within <paramref name="limit"/> bytes.</summary>
    public static int Boundary(ReadOnlySpan<byte> text, int limit)
    {
        if (text.Length <= limit)
        {
            return text.Length;
        }

        int end = limit;
        while (end > 0 && (text[end] & 0xC0) == 0x80)
        {
            end--;
        }

        return end;
    }

    /// <summary>Text of output of which the first bytes were kept, with a notice how much is missing. Invalid UTF-8 grows when decoded, so it is cut again.</summary>
    public static string WithNotice(ReadOnlySpan<byte> kept, long totalBytes)
    {
        string text = Encoding.UTF8.GetString(kept);
        byte[] encoded = Encoding.UTF8.GetBytes(text);
        int end = Boundary(encoded, MaxBytes);
        if (end < encoded.Length)
        {
            return Encoding.UTF8.GetString(encoded, 0, end) + string.Create(CultureInfo.InvariantCulture, $"\n[cut: only a part of {totalBytes} bytes, not all of them text, is shown]");
        }

        long missing = totalBytes - kept.Length;
        return missing == 0
            ? text
            : text + string.Create(CultureInfo.InvariantCulture, $"\n[cut: {missing} of {totalBytes} bytes are not shown]");
    }
}
