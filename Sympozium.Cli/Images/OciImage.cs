using System.Formats.Tar;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;

namespace Sympozium.Cli.Images;

/// <summary>
/// An image as an OCI archive: an image layout (https://github.com/opencontainers/image-spec/blob/main/image-layout.md) in a tar file, which
/// <c>ctr images import</c>, <c>podman load</c>, <c>skopeo copy oci-archive:</c> and <c>kind load image-archive</c> take.
/// </summary>
internal sealed record OciImage
{
    private const string Epoch = "1970-01-01T00:00:00Z";
    private const string EntrypointMember = "Entrypoint";

    /// <summary>Whole name, for example <c>ghcr.io/sympozium/runner:0.1.0</c>.</summary>
    public required string Name { get; init; }

    public required IReadOnlyList<Layer> Layers { get; init; }

    public required IReadOnlyList<string> Entrypoint { get; init; }

    public required IReadOnlyList<string> Environment { get; init; }

    public string WorkingDirectory { get; init; } = "/";

    /// <summary>Go's name of this machine's processor.</summary>
    public static string Architecture => RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "arm64" : "amd64";

    /// <summary>Writes the archive; returns the manifest's digest, which is the image's.</summary>
    public string Write(string archive, string workDirectory)
    {
        Blob config = Blob.Of(Config(), Blob.Config, workDirectory);
        Blob manifest = Blob.Of(
            new JsonObject
            {
                ["schemaVersion"] = 2,
                ["mediaType"] = Blob.Manifest,
                ["config"] = config.Descriptor(),
                ["layers"] = new JsonArray([.. Layers.Select(layer => layer.Blob.Descriptor())]),
            },
            Blob.Manifest,
            workDirectory);
        using FileStream output = File.Create(archive);
        using var tar = new TarWriter(output, TarEntryFormat.Gnu);
        AddText(tar, "oci-layout", """{"imageLayoutVersion":"1.0.0"}""");
        AddText(tar, "index.json", Index(manifest).ToJsonString());
        foreach (Blob blob in Layers.Select(layer => layer.Blob).Append(config).Append(manifest).DistinctBy(blob => blob.Digest).OrderBy(blob => blob.Digest, StringComparer.Ordinal))
        {
            using FileStream content = File.OpenRead(blob.File);
            Add(tar, $"blobs/sha256/{blob.Hex}", content);
        }

        return manifest.Digest;
    }

    private JsonObject Config() => new()
    {
        ["created"] = Epoch,
        ["architecture"] = Architecture,
        ["os"] = "linux",
        ["config"] = new JsonObject
        {
            ["User"] = "1000:1000",
            ["Env"] = new JsonArray([.. Environment.Select(variable => (JsonNode)variable)]),
            [EntrypointMember] = new JsonArray([.. Entrypoint.Select(word => (JsonNode)word)]),
            ["WorkingDir"] = WorkingDirectory,
            ["Labels"] = new JsonObject { ["org.opencontainers.image.title"] = Name.Split('/')[^1].Split(':')[0] },
        },
        ["rootfs"] = new JsonObject { ["type"] = "layers", ["diff_ids"] = new JsonArray([.. Layers.Select(layer => (JsonNode)layer.DiffId)]) },
        ["history"] = new JsonArray([.. Layers.Select(layer => new JsonObject { ["created"] = Epoch, ["created_by"] = layer.History })]),
    };

    private JsonObject Index(Blob manifest)
    {
        JsonObject descriptor = manifest.Descriptor();
        descriptor["platform"] = new JsonObject { ["architecture"] = Architecture, ["os"] = "linux" };
        // containerd takes the first, others the second.
        descriptor["annotations"] = new JsonObject { ["io.containerd.image.name"] = Name, ["org.opencontainers.image.ref.name"] = Name.Split(':')[^1] };
        return new JsonObject { ["schemaVersion"] = 2, ["mediaType"] = Blob.Index, ["manifests"] = new JsonArray(descriptor) };
    }

    private static void AddText(TarWriter tar, string name, string text)
    {
        using var content = new MemoryStream(Encoding.UTF8.GetBytes(text));
        Add(tar, name, content);
    }

    private static void Add(TarWriter tar, string name, Stream content) => tar.WriteEntry(new GnuTarEntry(TarEntryType.RegularFile, name)
    {
        Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead,
        ModificationTime = DateTimeOffset.UnixEpoch,
        // None: see Layer.
        AccessTime = default,
        ChangeTime = default,
        DataStream = content,
    });
}
