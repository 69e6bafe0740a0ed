using System.Security.Cryptography;
using System.Text;

namespace Sympozium.LocalCluster.Kinds.OpenApi;

/// <summary>
/// Tells clients whether a group version's document is the one they have. Built-in kinds change with the program only, so their documents
/// need not be made to know.
/// </summary>
internal static class DocumentHash
{
    public static string Of(IEnumerable<KindDefinition> kinds)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
        hash.AppendData(typeof(DocumentHash).Module.ModuleVersionId.ToByteArray());
        foreach (KindDefinition kind in kinds)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{kind.Type.ApiVersion}/{kind.Type.Kind}/{kind.Type.Plural}/{kind.HasStatus}/{kind.Scale is not null}\n"));
            if (kind.IsCustom)
            {
                hash.AppendData(Encoding.UTF8.GetBytes(kind.Schema.ToJson("").ToJsonString(JsonText.Relaxed)));
            }
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
