using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Hosting;

namespace Sympozium.LocalCluster.Identity;

/// <summary>
/// The key that signs the tokens of ServiceAccounts (RS256, RFC 7518). Made when the first token is, and kept in the data directory
/// for its owner only: whoever has it can be any ServiceAccount.
/// </summary>
internal sealed class SigningKey : IDisposable
{
    public const string Algorithm = "RS256";
    private const int Bits = 2_048;

    private readonly RSA _key = RSA.Create(Bits);
    private readonly Lazy<string> _id;

    public SigningKey(string path) => _id = new Lazy<string>(() => Load(path, _key));

    /// <summary>Names the key in a token's header and in the key set.</summary>
    public string Id => _id.Value;

    public byte[] Sign(ReadOnlySpan<byte> text) => Loaded().SignData(text, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);

    public bool Verify(ReadOnlySpan<byte> text, ReadOnlySpan<byte> signature) =>
        Loaded().VerifyData(text, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);

    /// <summary>The public half as a key set (RFC 7517).</summary>
    public JsonObject KeySet()
    {
        RSAParameters key = Loaded().ExportParameters(false);
        JsonObject entry = new()
        {
            ["use"] = "sig",
            ["kty"] = "RSA",
            ["kid"] = Id,
            ["alg"] = Algorithm,
            ["n"] = Base64Url.EncodeToString(key.Modulus),
            ["e"] = Base64Url.EncodeToString(key.Exponent),
        };
        return new JsonObject { ["keys"] = new JsonArray(entry) };
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    private static string Load(string path, RSA key)
    {
        if (File.Exists(path))
        {
            key.ImportFromPem(File.ReadAllText(path));
        }
        else
        {
            // The key is made here, when it is first read.
            ClusterFiles.WriteSecret(path, key.ExportPkcs8PrivateKeyPem() + "\n");
        }

        return Base64Url.EncodeToString(SHA256.HashData(key.ExportSubjectPublicKeyInfo()));
    }

    private RSA Loaded()
    {
        _ = _id.Value;
        return _key;
    }
}
