using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;

namespace Sympozium.Cli.Images;

/// <summary>One layer: its compressed blob, and the digest of what is in it uncompressed, which the image's configuration names.</summary>
internal sealed record Layer(Blob Blob, string DiffId, string History)
{
    private static readonly DateTimeOffset Epoch = DateTimeOffset.UnixEpoch;

    /// <summary>
    /// Writes entries as a layer. The same entries give the same bytes: sorted by path, owned by root, dated at the epoch, no name of this machine.
    /// </summary>
    public static Layer Write(IEnumerable<LayerEntry> entries, string history, string directory)
    {
        string file = Path.Combine(directory, Path.GetRandomFileName());
        byte[] diffId;
        using (FileStream output = File.Create(file))
        using (var gzip = new GZipStream(output, CompressionLevel.Optimal))
        {
            diffId = WriteTar(entries, gzip);
        }

        Blob blob = Blob.Of(file, Blob.GzipLayer);
        string named = Path.Combine(directory, blob.Hex);
        File.Move(file, named, overwrite: true);
        return new Layer(blob with { File = named }, Blob.DigestOf(diffId), history);
    }

    private static byte[] WriteTar(IEnumerable<LayerEntry> entries, Stream output)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var tee = new HashingStream(output, hash);
        // GNU format: the pax one has the process id of its writer in it.
        using (var tar = new TarWriter(tee, TarEntryFormat.Gnu, leaveOpen: true))
        {
            foreach (LayerEntry entry in entries.DistinctBy(entry => entry.Path).OrderBy(entry => entry.Path, StringComparer.Ordinal))
            {
                WriteEntry(tar, entry);
            }
        }

        return hash.GetHashAndReset();
    }

    private static void WriteEntry(TarWriter tar, LayerEntry entry)
    {
        TarEntryType type = entry.Link is not null ? TarEntryType.SymbolicLink : entry.Source is null ? TarEntryType.Directory : TarEntryType.RegularFile;
        var header = new GnuTarEntry(type, type == TarEntryType.Directory ? entry.Path + "/" : entry.Path)
        {
            Mode = entry.Mode,
            ModificationTime = Epoch,
            // None: their place in the header is that of a name's beginning in other formats, and some readers take it for one.
            AccessTime = default,
            ChangeTime = default,
            Uid = 0,
            Gid = 0,
        };
        if (entry.Link is not null)
        {
            header.LinkName = entry.Link;
        }

        // What has no length is not opened: a pipe would never answer.
        using FileStream? content = entry.Source is null || new FileInfo(entry.Source).Length == 0 ? null : File.OpenRead(entry.Source);
        if (content is not null)
        {
            header.DataStream = content;
        }

        tar.WriteEntry(header);
    }
}
