using System.Buffers.Text;
using Sympozium.Runner.Json;

namespace Sympozium.Runner.Agent;

/// <summary>Reads the run's uid out of its token. It is not verified here: the pod only needs a name that no other run has.</summary>
internal static class RunIdentityReader
{
    /// <summary>The uid; null when the token is not one of ours.</summary>
    public static string? Read(string? token)
    {
        int first = token?.IndexOf('.', StringComparison.Ordinal) ?? -1;
        int last = token?.LastIndexOf('.') ?? -1;
        if (first < 0 || last <= first)
        {
            return null;
        }

        try
        {
            var cursor = new JsonCursor(Base64Url.DecodeFromChars(token.AsSpan(first + 1, last - first - 1)));
            cursor.Enter(JsonKind.Object);
            while (cursor.NextProperty(out ReadOnlySpan<byte> name))
            {
                if (name.SequenceEqual("uid"u8))
                {
                    return cursor.String();
                }

                cursor.Skip();
            }
        }
        catch (FormatException)
        {
            return null;
        }

        return null;
    }
}
