using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Sympozium.Cli.Images;

/// <summary>What an image stands on: layers, and variables that its programs expect.</summary>
/// <param name="Layers">From the bottom up.</param>
/// <param name="Environment">Variables, <c>NAME=value</c>.</param>
internal sealed record BaseImage(IReadOnlyList<Layer> Layers, IReadOnlyList<string> Environment)
{
    /// <summary>Member of manifest.json, as docker save writes it.</summary>
    private const string DockerLayers = "Layers";

    /// <summary>A root filesystem on this machine, as one layer.</summary>
    public static BaseImage FromDirectory(string directory, string workDirectory)
    {
        if (!Directory.Exists(directory))
        {
            throw new CliException(ExitCodes.NotFound, $"there is no directory '{directory}'; --base needs a root filesystem, as debootstrap or 'docker export | tar x' make one");
        }

        return new BaseImage([Layer.Write(LayerEntry.Tree(directory, "", keepModes: true), "root filesystem", workDirectory)], []);
    }

    /// <summary>An image archive: an OCI layout as a tar file, or what <c>docker save</c> writes.</summary>
    public static BaseImage FromArchive(string archive, string workDirectory)
    {
        if (!File.Exists(archive))
        {
            throw new CliException(ExitCodes.NotFound, $"there is no file '{archive}'; --base-image needs an image archive, as 'docker save' or 'skopeo copy docker://... oci-archive:...' write one");
        }

        string root = Directory.CreateDirectory(Path.Combine(workDirectory, "base")).FullName;
        try
        {
            Extract(archive, root);
            return File.Exists(Path.Combine(root, "index.json")) ? FromLayout(root) : FromDocker(root, archive);
        }
        catch (Exception e) when (e is InvalidDataException or FormatException or System.Text.Json.JsonException or InvalidOperationException or EndOfStreamException or FileNotFoundException)
        {
            throw new CliException(ExitCodes.Refused, $"'{archive}' is not an image archive that can be read: {e.Message}");
        }
    }

    private static void Extract(string archive, string root)
    {
        using FileStream file = File.OpenRead(archive);
        bool compressed = file.ReadByte() == 0x1f && file.ReadByte() == 0x8b;
        file.Position = 0;
        using Stream content = compressed ? new GZipStream(file, CompressionMode.Decompress) : file;
        // Refuses entries that would leave the directory.
        TarFile.ExtractToDirectory(content, root, overwriteFiles: true);
    }

    private static BaseImage FromLayout(string root)
    {
        JsonNode manifest = FindManifest(root, Read(Path.Combine(root, "index.json")));
        JsonNode config = Read(BlobFile(root, manifest["config"]!));
        string[] diffIds = [.. config["rootfs"]!["diff_ids"]!.AsArray().Select(id => (string)id!)];
        Layer[] layers = [.. manifest["layers"]!.AsArray().Select((layer, i) => new Layer(
            Verified(new Blob((string)layer!["mediaType"]!, (string)layer["digest"]!, (long)layer["size"]!, BlobFile(root, layer))), diffIds[i], "base image"))];
        return new BaseImage(layers, Variables(config));
    }

    /// <summary>An index may name indexes, and one image for each platform.</summary>
    private static JsonNode FindManifest(string root, JsonNode index)
    {
        JsonNode[] all = [.. index["manifests"]!.AsArray().Select(manifest => manifest!)];
        JsonNode chosen = all.FirstOrDefault(m => (string?)m["platform"]?["architecture"] == OciImage.Architecture && (string?)m["platform"]?["os"] == "linux")
            ?? all.FirstOrDefault(m => m["platform"] is null)
            ?? throw new InvalidDataException($"it has no image for linux/{OciImage.Architecture}");
        JsonNode document = Read(BlobFile(root, chosen));
        return document["manifests"] is null ? document : FindManifest(root, document);
    }

    private static BaseImage FromDocker(string root, string archive)
    {
        string file = Path.Combine(root, "manifest.json");
        if (!File.Exists(file))
        {
            throw new InvalidDataException($"'{Path.GetFileName(archive)}' has neither index.json nor manifest.json");
        }

        JsonNode image = Read(file)[0]!;
        JsonNode config = Read(Inside(root, (string)image["Config"]!));
        string[] diffIds = [.. config["rootfs"]!["diff_ids"]!.AsArray().Select(id => (string)id!)];
        Layer[] layers = [.. image[DockerLayers]!.AsArray().Select((layer, i) => new Layer(Blob.Of(Inside(root, (string)layer!), Blob.TarLayer), diffIds[i], "base image"))];
        return new BaseImage(layers, Variables(config));
    }

    private static Blob Verified(Blob blob)
    {
        using FileStream stream = File.OpenRead(blob.File);
        string found = Blob.DigestOf(SHA256.HashData(stream));
        return found == blob.Digest ? blob : throw new InvalidDataException($"blob {blob.Digest} has the content of {found}");
    }

    private static IReadOnlyList<string> Variables(JsonNode config) => [.. (config["config"]?["Env"] as JsonArray)?.Select(variable => (string)variable!) ?? []];

    private static JsonNode Read(string file) => JsonNode.Parse(File.ReadAllText(file)) ?? throw new InvalidDataException($"{Path.GetFileName(file)} is empty");

    private static string BlobFile(string root, JsonNode descriptor) => Inside(root, Path.Combine("blobs", ((string)descriptor["digest"]!).Replace(':', '/')));

    private static string Inside(string root, string path)
    {
        string full = Path.GetFullPath(path, root);
        return full.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal) ? full : throw new InvalidDataException($"it names '{path}', which is outside of it");
    }
}
