using Sympozium.Abstractions;

namespace Sympozium.Silo.Forwarding;

/// <summary>Hashes that are the same in every process: FNV-1a, and the last step of MurmurHash3 to spread it over all bits.</summary>
internal static class KeyHash
{
    private const ulong Offset = 14695981039346656037;
    private const ulong Prime = 1099511628211;

    public static ulong Of(string text) => Add(Offset, text);

    public static ulong Of(ResourceKey key) => Add(Add(Offset, key.Namespace) * Prime, key.Name);

    public static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 33)) * 0xff51afd7ed558ccd;
        value = (value ^ (value >> 33)) * 0xc4ceb9fe1a85ec53;
        return value ^ (value >> 33);
    }

    private static ulong Add(ulong hash, string text)
    {
        foreach (char character in text)
        {
            hash = (hash ^ character) * Prime;
        }

        return hash;
    }
}
