using System.Diagnostics;
using System.Globalization;

namespace Sympozium.Cli.ControlPlanes;

/// <summary>Options with which a control plane starts.</summary>
internal sealed record LaunchOptions(DataDirectory Data, int GatewayPort, int KubePort);

/// <summary>Starts a control plane and waits until it is ready or has failed.</summary>
internal sealed class ControlPlaneLauncher(CliContext context)
{
    public const int DefaultGatewayPort = 8080;
    public const int DefaultKubePort = 8443;
    public static readonly TimeSpan ReadyTimeout = TimeSpan.FromSeconds(60);

    // Exit codes of the control plane's executable.
    private const int PortTaken = 10;
    private const int DataInUse = 11;
    private const int DataDamaged = 12;

    /// <summary>How a line begins with which the executable explains its own end.</summary>
    private const string OwnWords = "sympozium-silo: ";

    private const int TailLines = 15;
    private const int TailBytes = 16 * 1024;
    private const int TailCharacters = 400;
    private static readonly TimeSpan PollPeriod = TimeSpan.FromMilliseconds(20);

    /// <summary>Starts it as a child that shares this terminal. The caller forwards signals and waits for its end.</summary>
    public Process StartAttached(LaunchOptions options)
    {
        ProcessStartInfo start = new(SiloExecutable.Find(context)) { UseShellExecute = false };
        AddArguments(start, options);
        return Start(start);
    }

    /// <summary>Starts it in a session of its own, so that it outlives this terminal, with its output in a log file.</summary>
    public Process StartDetached(LaunchOptions options)
    {
        options.Data.Create();
        ProcessStartInfo start = DetachedProcess.Prepare(SiloExecutable.Find(context), options.Data.LogFile);
        AddArguments(start, options);
        return Start(start);
    }

    /// <summary>Waits for <c>status.json</c> of this very process.</summary>
    /// <exception cref="CliException">It ended before it was ready, or is not ready in time.</exception>
    public async Task<ControlPlaneStatus> WaitUntilReadyAsync(Process process, LaunchOptions options, bool withLog, CancellationToken cancellationToken)
    {
        long started = context.Time.GetTimestamp();
        while (true)
        {
            if (ControlPlaneStatus.TryRead(options.Data) is { } status && status.Pid == process.Id)
            {
                return status;
            }
            if (process.HasExited)
            {
                throw new CliException(ExitCodes.StartFailed, Explain(process.ExitCode, options) + (withLog && !IsExplained(process.ExitCode) ? Why(options.Data.LogFile) : ""));
            }
            if (context.Time.GetElapsedTime(started) > ReadyTimeout)
            {
                throw new CliException(ExitCodes.Timeout,
                    $"the control plane (pid {process.Id}) is not ready after {ReadyTimeout.TotalSeconds} s" + (withLog ? Tail(options.Data.LogFile) : ""));
            }
            await Task.Delay(PollPeriod, context.Time, cancellationToken);
        }
    }

    /// <summary>What the end of the executable means for a person.</summary>
    public static string Explain(int exitCode, LaunchOptions options) => exitCode switch
    {
        PortTaken => $"{TakenPorts(options)}; choose others with --gateway-port and --kube-port, 0 takes any free one",
        DataInUse => $"another control plane uses the data directory {options.Data.Path}; end it with 'sympozium down --data {options.Data.Path}' or choose another --data",
        DataDamaged => $"the data in {options.Data.Path} is damaged; restore it from a backup, or start afresh with another --data",
        _ => $"the control plane ended with exit code {exitCode} before it was ready",
    };

    // By a look at the ports, so that the answer is the same whether the executable's own words went to a log or to this terminal.
    private static string TakenPorts(LaunchOptions options)
    {
        string[] taken =
        [
            .. FreePorts.IsFree(options.GatewayPort) ? (string[])[] : [$"port {options.GatewayPort} (gateway)"],
            .. FreePorts.IsFree(options.KubePort) ? (string[])[] : [$"port {options.KubePort} (Kubernetes API)"],
        ];
        return taken.Length switch
        {
            0 => $"port {options.GatewayPort} (gateway) or {options.KubePort} (Kubernetes API) was taken",
            1 => $"{taken[0]} is taken by another program",
            _ => $"{string.Join(" and ", taken)} are taken by other programs",
        };
    }

    // The message says all; the log would only repeat it with a stack trace.
    private static bool IsExplained(int exitCode) => exitCode is PortTaken or DataInUse or DataDamaged;

    private static void AddArguments(ProcessStartInfo start, LaunchOptions options)
    {
        foreach (string argument in (string[])
            [
                "local", "--data", options.Data.Path,
                "--gateway-port", options.GatewayPort.ToString(CultureInfo.InvariantCulture),
                "--kube-port", options.KubePort.ToString(CultureInfo.InvariantCulture),
            ])
        {
            start.ArgumentList.Add(argument);
        }
    }

    private static Process Start(ProcessStartInfo start) =>
        Process.Start(start) ?? throw new CliException(ExitCodes.StartFailed, $"'{start.FileName}' could not be started");

    // What the executable said of its end, else the end of its log.
    private static string Why(string log)
    {
        string tail = Tail(log);
        string last = tail[(tail.LastIndexOf('\n') + 1)..].Trim();
        return last.StartsWith(OwnWords, StringComparison.Ordinal) ? $": {last[OwnWords.Length..]}" : tail;
    }

    private static string Tail(string log)
    {
        try
        {
            using FileStream stream = File.OpenRead(log);
            stream.Seek(-Math.Min(TailBytes, stream.Length), SeekOrigin.End);
            using StreamReader reader = new(stream);
            string[] lines = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
            return lines.Length == 0 ? "" : $"\n  the last lines of {log}:\n{string.Join('\n', lines.TakeLast(TailLines).Select(l => $"    {(l.Length > TailCharacters ? l[..TailCharacters] : l)}"))}";
        }
        catch (IOException e)
        {
            return $"\n  ({log} cannot be read: {e.Message})";
        }
    }
}
