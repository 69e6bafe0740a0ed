using System.Diagnostics;
using Sympozium.Cli.ControlPlanes;

namespace Sympozium.Cli.Demo;

/// <summary>Starts the scripted model in the background, or finds the one that runs for a data directory.</summary>
internal sealed class DemoModelLauncher(CliContext context)
{
    private static readonly TimeSpan ReadyTimeout = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan PollPeriod = TimeSpan.FromMilliseconds(20);

    public async Task<DemoModel> EnsureAsync(DataDirectory data, string script, CancellationToken cancellationToken)
    {
        if (DemoModel.FindRunning(data) is { } running)
        {
            return running;
        }
        File.Delete(data.ModelStubLog);
        ProcessStartInfo start = DetachedProcess.Prepare(Path.Combine(AppContext.BaseDirectory, "sympozium"), data.ModelStubLog);
        foreach (string argument in (string[])["model-stub", "--script", script, "--port", "0"])
        {
            start.ArgumentList.Add(argument);
        }
        using Process process = Process.Start(start) ?? throw new CliException(ExitCodes.StartFailed, "the scripted model could not be started");
        Uri address = await WaitForAddressAsync(process, data, cancellationToken);
        DateTimeOffset started = ProcessIdentity.StartTime(process.Id)
            ?? throw new CliException(ExitCodes.StartFailed, $"the scripted model has ended; see {data.ModelStubLog}");
        DemoModel model = new(process.Id, started, address);
        model.Save(data);
        return model;
    }

    // The first line of its output is its base URL.
    private async Task<Uri> WaitForAddressAsync(Process process, DataDirectory data, CancellationToken cancellationToken)
    {
        long started = context.Time.GetTimestamp();
        while (true)
        {
            string log = File.Exists(data.ModelStubLog) ? await File.ReadAllTextAsync(data.ModelStubLog, cancellationToken) : "";
            string? line = log.Split('\n').SkipLast(1).FirstOrDefault(l => l.StartsWith("http", StringComparison.Ordinal));
            if (line is not null && Uri.TryCreate(line.Trim(), UriKind.Absolute, out Uri? address))
            {
                return address;
            }
            if (process.HasExited || context.Time.GetElapsedTime(started) > ReadyTimeout)
            {
                throw new CliException(ExitCodes.StartFailed, $"the scripted model did not start: {log.Trim()}");
            }
            await Task.Delay(PollPeriod, context.Time, cancellationToken);
        }
    }
}
