using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Sympozium.Testing;

namespace Sympozium.Cli.Tests.Images;

/// <summary>Images as OCI archives: every digest is recomputed, and the runner is started from the layers.</summary>
public sealed class BuildImagesTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Archive_IsAnOciLayout_WhoseDigestsAllAgree()
    {
        string output = await BuildAsync("one", "--base", Base(), "--tag", "1.2", "--registry", "example.com/team");
        string layout = Extract(Path.Combine(output, "runner.oci.tar"));

        Assert.Equal("1.0.0", (string?)Read(layout, "oci-layout")["imageLayoutVersion"]);
        JsonNode descriptor = Read(layout, "index.json")["manifests"]![0]!;
        Assert.Equal("example.com/team/runner:1.2", (string?)descriptor["annotations"]!["io.containerd.image.name"]);
        Assert.Equal("1.2", (string?)descriptor["annotations"]!["org.opencontainers.image.ref.name"]);
        JsonNode manifest = ReadBlob(layout, descriptor);
        JsonNode config = ReadBlob(layout, manifest["config"]!);
        Assert.Equal("1000:1000", (string?)config["config"]!["User"]);
        Assert.Equal(["/app/sympozium-runner"], config["config"]!["Entrypoint"]!.AsArray().Select(word => (string)word!));
        Assert.Contains(config["config"]!["Env"]!.AsArray(), variable => ((string)variable!).StartsWith("PATH=/app:", StringComparison.Ordinal));
        JsonArray layers = manifest["layers"]!.AsArray();
        string[] diffIds = [.. config["rootfs"]!["diff_ids"]!.AsArray().Select(id => (string)id!)];
        Assert.Equal(3, layers.Count);
        Assert.Equal(3, config["history"]!.AsArray().Count);
        for (int i = 0; i < layers.Count; i++)
        {
            Assert.Equal("application/vnd.oci.image.layer.v1.tar+gzip", (string?)layers[i]!["mediaType"]);
            byte[] blob = Blob(layout, layers[i]!);
            await using var gzip = new GZipStream(new MemoryStream(blob), CompressionMode.Decompress);
            Assert.Equal(diffIds[i], "sha256:" + Convert.ToHexStringLower(await SHA256.HashDataAsync(gzip)));
        }
    }

    [Fact]
    public async Task SameInput_GivesTheSameBytes_WhateverItsDates()
    {
        string rootfs = Base();
        string first = await BuildAsync("first", "--base", rootfs);
        foreach (string file in Directory.EnumerateFiles(rootfs, "*", SearchOption.AllDirectories))
        {
            File.SetLastWriteTimeUtc(file, new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));
        }

        string second = await BuildAsync("second", "--base", rootfs);
        Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(first, "runner.oci.tar")), await File.ReadAllBytesAsync(Path.Combine(second, "runner.oci.tar")));
    }

    [Fact]
    public async Task BaseImage_KeepsItsLayersAndVariables()
    {
        string below = await BuildAsync("below", "--base", Base());
        string output = await BuildAsync("above", "--base-image", Path.Combine(below, "runner.oci.tar"));
        string layout = Extract(Path.Combine(output, "runner.oci.tar"));
        string belowLayout = Extract(Path.Combine(below, "runner.oci.tar"));
        JsonNode manifest = ReadBlob(layout, Read(layout, "index.json")["manifests"]![0]!);
        JsonNode belowManifest = ReadBlob(belowLayout, Read(belowLayout, "index.json")["manifests"]![0]!);
        Assert.Equal(
            belowManifest["layers"]!.AsArray().Select(layer => (string)layer!["digest"]!),
            manifest["layers"]!.AsArray().Take(3).Select(layer => (string)layer!["digest"]!));
    }

    [Fact]
    public async Task DockerArchive_WithoutALayout_IsABaseToo()
    {
        byte[] layer = Tar(("etc/base", "here"));
        string diffId = "sha256:" + Convert.ToHexStringLower(SHA256.HashData(layer));
        byte[] config = Encoding.UTF8.GetBytes("{\"config\":{\"Env\":[\"LANG=C.UTF-8\"]},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"" + diffId + "\"]}}");
        string archive = _folder["docker.tar"];
        await using (var tar = new TarWriter(File.Create(archive)))
        {
            Add(tar, "manifest.json", """[{"Config":"c.json","RepoTags":["base:1"],"Layers":["l/layer.tar"]}]"""u8.ToArray());
            Add(tar, "c.json", config);
            Add(tar, "l/layer.tar", layer);
        }

        string layout = Extract(Path.Combine(await BuildAsync("docker", "--base-image", archive), "runner.oci.tar"));
        JsonNode manifest = ReadBlob(layout, Read(layout, "index.json")["manifests"]![0]!);
        Assert.Equal(diffId, (string?)manifest["layers"]![0]!["digest"]);
        Assert.Contains("LANG=C.UTF-8", ReadBlob(layout, manifest["config"]!)["config"]!["Env"]!.AsArray().Select(variable => (string)variable!));
    }

    [Theory]
    [InlineData("say what the images stand on")]
    [InlineData("either --base DIR", "--base", "/", "--base-image", "x")]
    [InlineData("there is no directory '/nonexistent'", "--base", "/nonexistent")]
    [InlineData("there is no file '/nonexistent'", "--base-image", "/nonexistent")]
    [InlineData("is not an image archive that can be read", "--base-image", "/etc/passwd")]
    public async Task Mistake_SaysWhatIsWrong(string message, params string[] more)
    {
        (int code, PlayedTerminal terminal) = await RunAsync(["build-images", "--runner", RunnerDirectory, "-o", _folder["x"], .. more]);
        Assert.NotEqual(ExitCodes.Ok, code);
        Assert.Contains(message, terminal.ErrorText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RootFilesystem_WithWhatIsNoFile_IsTakenWithoutIt()
    {
        string rootfs = Base();
        foreach (string pipe in (string[])["dev/console", "etc/pipe"])
        {
            using Process made = Process.Start("mkfifo", [Path.Combine(rootfs, pipe)]);
            await made.WaitForExitAsync().WaitAsync(TestTimeouts.InProcess);
            Assert.Equal(0, made.ExitCode);
        }

        string layout = Extract(Path.Combine(await BuildAsync("pipes", "--base", rootfs), "runner.oci.tar"));

        JsonNode bottom = ReadBlob(layout, Read(layout, "index.json")["manifests"]![0]!)["layers"]![0]!;
        await using var gzip = new GZipStream(new MemoryStream(Blob(layout, bottom)), CompressionMode.Decompress);
        await using TarReader tar = new(gzip);
        Dictionary<string, TarEntryType> entries = [];
        while (await tar.GetNextEntryAsync() is { } entry)
        {
            entries.Add(entry.Name, entry.EntryType);
        }

        Assert.Equal(TarEntryType.Directory, entries["dev/"]);
        Assert.DoesNotContain("dev/console", entries.Keys);
        Assert.Equal(TarEntryType.RegularFile, entries["etc/pipe"]);
    }

    [Fact]
    public async Task Program_NotPublished_SaysSo()
    {
        (int code, PlayedTerminal terminal) = await RunAsync(["build-images", "--base", Base(), "--runner", _folder.Path, "-o", _folder["x"]]);
        Assert.Equal(ExitCodes.NotFound, code);
        Assert.Contains("sympozium-runner' is missing; publish the program", terminal.ErrorText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Runner_StartsFromTheLayersAlone()
    {
        // It runs so far as to say what only a pod of a run has.
        Assert.Contains("There is no task", await StartFromLayersAsync("run", "runner", "/app/sympozium-runner", "agent"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Silo_StartsFromTheLayersAlone()
    {
        // It runs so far as to look for the cluster that a pod is in.
        Assert.Contains("there is no kubeconfig", await StartFromLayersAsync("silo", "silo", "/app/sympozium-silo", "silo", "--profile", "small", "--data", "/tmp/data"), StringComparison.Ordinal);
    }

    /// <summary>Runs a program of an image as its user on a read-only root; returns what it said.</summary>
    private async Task<string> StartFromLayersAsync(string name, string image, params string[] command)
    {
        string output = await BuildAsync(name, "--base", Base(), "--silo", ProgramDirectory("Sympozium.Silo"));
        string layout = Extract(Path.Combine(output, $"{image}.oci.tar"));
        string root = _folder["root"];
        Directory.CreateDirectory(root);
        foreach (JsonNode? layer in ReadBlob(layout, Read(layout, "index.json")["manifests"]![0]!)["layers"]!.AsArray())
        {
            await using var gzip = new GZipStream(new MemoryStream(Blob(layout, layer!)), CompressionMode.Decompress);
            await TarFile.ExtractToDirectoryAsync(gzip, root, overwriteFiles: true);
        }

        using Process process = Process.Start(new ProcessStartInfo(
            "bwrap",
            [
                "--ro-bind", root, "/", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--unshare-all", "--uid", "1000", "--gid", "1000",
                "--clearenv", "--setenv", "DOTNET_EnableDiagnostics", "0", "--setenv", "HOME", "/tmp", .. command,
            ])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        Task<string> said = process.StandardOutput.ReadToEndAsync();
        string errors = await process.StandardError.ReadToEndAsync().WaitAsync(TestTimeouts.WithProcesses);
        await process.WaitForExitAsync().WaitAsync(TestTimeouts.WithProcesses);
        return errors + await said;
    }

    private static string RunnerDirectory => ProgramDirectory("Sympozium.Runner");

    private static string ProgramDirectory(string project)
    {
        string own = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        return Path.GetFullPath(Path.Combine(own, "..", "..", project, Path.GetFileName(own)));
    }

    private async Task<string> BuildAsync(string name, params string[] options)
    {
        string output = _folder[name];
        (int code, PlayedTerminal terminal) = await RunAsync(["build-images", "--runner", RunnerDirectory, "-o", output, .. options]);
        Assert.True(code == ExitCodes.Ok, terminal.ErrorText);
        string digest = "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Manifest(Path.Combine(output, "runner.oci.tar")))));
        Assert.Contains($"@{digest} ", terminal.OutText, StringComparison.Ordinal);
        return output;
    }

    private static async Task<(int Code, PlayedTerminal Terminal)> RunAsync(string[] arguments)
    {
        PlayedTerminal terminal = new();
        int code = await CommandLine.RunAsync(arguments, new CliContext(terminal, TimeProvider.System, _ => null), CancellationToken.None);
        return (code, terminal);
    }

    private string Manifest(string archive)
    {
        string layout = Extract(archive);
        return File.ReadAllText(Path.Combine(layout, "blobs", ((string)Read(layout, "index.json")["manifests"]![0]!["digest"]!).Replace(':', '/')));
    }

    /// <summary>As little as a .NET program needs: the C and C++ libraries and their loader.</summary>
    private string Base()
    {
        string root = _folder["rootfs"];
        string[] wanted = ["ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1", "libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1", "libgcc_s.so.1", "libstdc++.so.6", "libz.so.1"];
        string[] folders = ["/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64", "/lib/aarch64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/lib"];
        foreach (string folder in folders.Where(Directory.Exists))
        {
            foreach (string file in wanted.Select(name => Path.Combine(folder, name)).Where(File.Exists))
            {
                string target = root + file;
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.Copy(file, target, overwrite: true);
            }
        }

        foreach (string folder in (string[])["proc", "dev", "tmp", "etc"])
        {
            Directory.CreateDirectory(Path.Combine(root, folder));
        }

        return root;
    }

    private string Extract(string archive)
    {
        string folder = Directory.CreateDirectory(_folder[Path.GetRandomFileName()]).FullName;
        TarFile.ExtractToDirectory(archive, folder, overwriteFiles: true);
        return folder;
    }

    private static JsonNode Read(string layout, string file) => JsonNode.Parse(File.ReadAllText(Path.Combine(layout, file)))!;

    private static JsonNode ReadBlob(string layout, JsonNode descriptor) => JsonNode.Parse(Blob(layout, descriptor))!;

    /// <summary>Content of a blob, whose digest and size must be as described.</summary>
    private static byte[] Blob(string layout, JsonNode descriptor)
    {
        string digest = (string)descriptor["digest"]!;
        byte[] content = File.ReadAllBytes(Path.Combine(layout, "blobs", digest.Replace(':', '/')));
        Assert.Equal(digest, "sha256:" + Convert.ToHexStringLower(SHA256.HashData(content)));
        Assert.Equal((long)descriptor["size"]!, content.Length);
        return content;
    }

    private static byte[] Tar(params (string Name, string Content)[] files)
    {
        var output = new MemoryStream();
        using (var tar = new TarWriter(output, leaveOpen: true))
        {
            foreach ((string name, string content) in files)
            {
                Add(tar, name, Encoding.UTF8.GetBytes(content));
            }
        }

        return output.ToArray();
    }

    private static void Add(TarWriter tar, string name, byte[] content)
    {
        using var data = new MemoryStream(content);
        tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = data });
    }
}
