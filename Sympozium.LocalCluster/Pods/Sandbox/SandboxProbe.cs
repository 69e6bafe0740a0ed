using Microsoft.Extensions.Logging;
using Sympozium.LocalCluster.Pods.Processes;

namespace Sympozium.LocalCluster.Pods.Sandbox;

/// <summary>Finds out by trying what isolation this machine allows, once, when the control plane starts.</summary>
internal sealed partial class SandboxProbe(LocalPodOptions options, PodPaths paths, ProcessWatcher processes, ILogger logger)
{
    private const string Name = ".probe";

    /// <summary>The best sandbox that works here; says in the log what is not isolated.</summary>
    public async Task<ISandbox> ChooseAsync()
    {
        var root = new HostRoot(options.RootPaths, paths.Shared);
        ISandbox sandbox = await TryAsync(root);
        if (sandbox.Warning is { } warning)
        {
            LogNotIsolated(logger, warning);
        }

        return sandbox;
    }

    private async Task<ISandbox> TryAsync(HostRoot root)
    {
        if (options.ForcePlainProcesses)
        {
            return new PlainSandbox("the control plane was told not to use bubblewrap", root);
        }

        if (FindExecutable() is not { } executable)
        {
            return new PlainSandbox($"bubblewrap ('{options.Bubblewrap}') is not installed", root);
        }

        var full = new BubblewrapSandbox(executable, root, canDenyEgress: true);
        if (await RunAsync(full) is null)
        {
            return full;
        }

        var shared = new BubblewrapSandbox(executable, root, canDenyEgress: false);
        return await RunAsync(shared) is { } failure ? new PlainSandbox($"bubblewrap does not work here ({failure})", root) : shared;
    }

    /// <summary>Runs <c>true</c> in the sandbox; null when it worked, else what bubblewrap said.</summary>
    private async Task<string?> RunAsync(BubblewrapSandbox sandbox)
    {
        string directory = paths.Pod(Name);
        PodPaths.CreatePrivate(directory);
        try
        {
            var launch = new ContainerLaunch
            {
                Marker = paths.Marker(Name, "probe", 0),
                Hostname = "probe",
                Command = ["true"],
                Variables = new Dictionary<string, string>(),
                WorkingDirectory = "/",
                Mounts = [new ContainerMount(directory, "/workspace", ReadOnly: false)],
                DenyEgress = true,
                ScratchDirectory = directory,
                OutputFile = Path.Combine(directory, "log"),
                RecordFile = Path.Combine(directory, "record"),
            };
            int pid = ProcessSpawner.Spawn(sandbox.Describe(launch));
            await processes.WaitAsync(pid);
            return ExitRecord.Read(launch.RecordFile).ExitCode == 0 ? null : (await File.ReadAllTextAsync(launch.OutputFile)).Trim().ReplaceLineEndings(" ");
        }
        catch (System.ComponentModel.Win32Exception failed)
        {
            return failed.Message;
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private string? FindExecutable()
    {
        if (options.Bubblewrap.Contains('/', StringComparison.Ordinal))
        {
            return File.Exists(options.Bubblewrap) ? options.Bubblewrap : null;
        }

        string path = Environment.GetEnvironmentVariable("PATH") ?? BubblewrapSandbox.HostPath;
        return path.Split(':', StringSplitOptions.RemoveEmptyEntries).Select(p => Path.Combine(p, options.Bubblewrap)).FirstOrDefault(File.Exists);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Local pods are not fully isolated. {Warning}")]
    private static partial void LogNotIsolated(ILogger logger, string warning);
}
