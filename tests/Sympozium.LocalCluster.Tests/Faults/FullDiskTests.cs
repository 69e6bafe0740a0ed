using System.Diagnostics;
using System.Text.Json.Nodes;
using Sympozium.Testing;

namespace Sympozium.LocalCluster.Tests.Faults;

/// <summary>A file system that is really full: a tmpfs of a few megabytes, mounted in a namespace of the server's own.</summary>
public sealed class FullDiskTests
{
    private const string ConfigMaps = "/api/v1/namespaces/default/configmaps";

    [TmpfsFact]
    public async Task FullDisk_RefusesWritesClearly_ServesReads_AndGoesOnWhenThereIsSpace()
    {
        using TemporaryDirectory folder = new();
        string directory = folder["data"];
        Directory.CreateDirectory(directory);
        using ServedCluster cluster = await ServedCluster.StartAsync(directory, "12m");
        string ballast = Path.Combine(cluster.Root, "ballast");
        await File.WriteAllBytesAsync(ballast, new byte[4 << 20]);
        List<string> stored = [];
        ApiAnswer answer = await FillAsync(cluster, stored);
        Assert.Equal(500, answer.Code);
        Assert.Contains("no space left for the cluster database", answer.Message, StringComparison.Ordinal);
        Assert.Contains("nothing of this write was stored", answer.Message, StringComparison.Ordinal);
        Assert.Equal(200, (await cluster.Api.CallAsync("GET", $"{ConfigMaps}/{stored[0]}")).Code);
        File.Delete(ballast);
        Assert.Equal(201, (await CreateAsync(cluster, "afterwards")).Code);
        stored.Add("afterwards");
        JsonNode list = (await cluster.Api.CallAsync("GET", ConfigMaps)).Json;
        Assert.Equal(
            stored.Order(StringComparer.Ordinal),
            list["items"]!.AsArray().Select(item => item!["metadata"]!["name"]!.GetValue<string>()).Where(name => name != "kube-root-ca.crt").Order(StringComparer.Ordinal));
    }

    private static async Task<ApiAnswer> FillAsync(ServedCluster cluster, List<string> stored)
    {
        for (int i = 0; i < 1_000; i++)
        {
            ApiAnswer answer = await CreateAsync(cluster, $"c{i}");
            if (answer.Code != 201)
            {
                return answer;
            }

            stored.Add($"c{i}");
        }

        throw new InvalidOperationException("The disk did not fill.");
    }

    private static Task<ApiAnswer> CreateAsync(ServedCluster cluster, string name) => cluster.Api.CallAsync(
        "POST", ConfigMaps, $$$"""{"metadata":{"name":"{{{name}}}"},"data":{"value":"{{{new string('x', 100_000)}}}"}}""");

    /// <summary>Skipped where a process may not mount a file system in a namespace of its own.</summary>
    private sealed class TmpfsFactAttribute : FactAttribute
    {
        private static readonly Lazy<bool> CanMount = new(() =>
        {
            using Process process = Process.Start("unshare", ["--user", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]);
            process.WaitForExit();
            return process.ExitCode == 0;
        });

        public TmpfsFactAttribute()
        {
            if (!OperatingSystem.IsLinux() || !CanMount.Value)
            {
                Skip = "This machine does not let a process mount a tmpfs in a namespace of its own (unshare --user --map-root-user --mount).";
            }
        }
    }
}
