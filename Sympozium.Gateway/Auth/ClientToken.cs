using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Sympozium.Gateway.Auth;

/// <summary>The gateway's bearer token: made at first start, kept in a file that only its owner can read.</summary>
public sealed class ClientToken
{
    private const int Size = 32;
    private const int MinLength = 16;
    private readonly byte[] _bytes;

    /// <summary>Takes a token as it is.</summary>
    public ClientToken(string value)
    {
        Value = value;
        _bytes = Encoding.UTF8.GetBytes(value);
    }

    /// <summary>The token.</summary>
    public string Value { get; }

    /// <summary>Reads the token in <paramref name="path"/>, or makes one and writes it there with mode 0600.</summary>
    /// <exception cref="InvalidDataException">The file holds something that is no token.</exception>
    public static ClientToken LoadOrCreate(string path)
    {
        if (!File.Exists(path))
        {
            Create(path);
        }

        string value = File.ReadAllText(path).Trim();
        return value.Length >= MinLength && !value.Any(c => char.IsWhiteSpace(c) || char.IsControl(c))
            ? new ClientToken(value)
            : throw new InvalidDataException($"The token file '{path}' must hold one token of at least {MinLength} characters without spaces; delete it to have a new one made.");
    }

    /// <summary>Compares in constant time.</summary>
    public bool Matches(ReadOnlySpan<char> presented)
    {
        Span<byte> bytes = stackalloc byte[512];
        return Encoding.UTF8.TryGetBytes(presented, bytes, out int length) && CryptographicOperations.FixedTimeEquals(bytes[..length], _bytes);
    }

    private static void Create(string path)
    {
        // Written aside and linked into place, so that two starting processes agree on one token and none reads half of it.
        string draft = $"{path}.{Environment.ProcessId}.new";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var file = new StreamWriter(path: draft, options))
        {
            file.WriteLine(Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Size)));
        }

        try
        {
            File.Move(draft, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(draft);
        }
    }
}
