using System.Collections;
using System.Runtime.InteropServices;
using System.Text;
using Sympozium.Abstractions.Ipc;
using Sympozium.Runner.Agent;
using Sympozium.Runner.Lifetime;
using Sympozium.Runner.Posix;

namespace Sympozium.Runner.Tools;

/// <summary>How a command ended.</summary>
/// <param name="ExitCode">Its exit code, 128 + n for signal n; null when it was killed for its time.</param>
/// <param name="Output">The first bytes of its output, both streams together.</param>
/// <param name="TotalBytes">How many bytes it wrote.</param>
internal sealed record CommandOutcome(int? ExitCode, byte[] Output, long TotalBytes);

/// <summary>
/// Runs <c>/bin/sh -c</c> as leader of its own session, so that its whole group can be killed. System.Diagnostics.Process can do neither that,
/// nor give both streams one pipe, nor stop reading when a grandchild keeps the pipe open.
/// </summary>
internal sealed unsafe class CommandProcess(ProcessLifetime lifetime, int keepBytes)
{
    private const int OpaqueSize = 1024; // more than any libc's posix_spawn_file_actions_t, posix_spawnattr_t and sigset_t
    private const short SpawnFlags = 0x80 | 0x04 | 0x08; // new session, default signals, signal mask
    private const int PipeBytes = 64 * 1024; // of a pipe on Linux, unless somebody asks for more
    private const int ExitPollMilliseconds = 20;
    private readonly byte[] _kept = new byte[keepBytes + 1]; // one more, to see whether a character would be cut in two
    private readonly byte[] _portion = new byte[64 * 1024];
    private int _keptLength;
    private long _total;

    /// <summary>Runs a command to its end, or kills its group when the time is over or this process must stop.</summary>
    /// <exception cref="IOException">It cannot be started.</exception>
    public CommandOutcome Run(string command, string directory, TimeSpan timeout)
    {
        int* pipe = stackalloc int[2];
        if (Libc.Pipe2(pipe, Libc.OpenCloseOnExec) != 0)
        {
            throw Descriptor.Failure("pipe");
        }

        using var output = new Descriptor(pipe[0]);
        int process;
        using (var input = new Descriptor(pipe[1]))
        {
            process = Start(command, directory, input.Number);
        }

        int? exitCode = null;
        try
        {
            exitCode = Follow(process, output, timeout);
        }
        finally
        {
            // Also when this process must stop: nothing of the command may outlive it then.
            if (exitCode is null)
            {
                _ = Libc.Kill(-process, Libc.SignalKill);
                int status;
                _ = Libc.WaitProcess(process, &status, 0);
            }
        }

        return new CommandOutcome(exitCode, _kept[..TextCap.Boundary(_kept.AsSpan(0, _keptLength), keepBytes)], _total);
    }

    private int? Follow(int process, Descriptor output, TimeSpan timeout)
    {
        long started = lifetime.Clock.GetTimestamp();
        int handle = Libc.PidFdOpen(process);
        using Descriptor? end = handle >= 0 ? new Descriptor(handle) : null;
        bool isOpen = true;
        while (true)
        {
            int left = (int)(timeout - lifetime.Clock.GetElapsedTime(started)).TotalMilliseconds;
            if (left <= 0)
            {
                return null;
            }

            int wait = end is null ? Math.Min(left, ExitPollMilliseconds) : left;
            int ready = lifetime.WaitForAny(isOpen ? output.Number : -1, end?.Number ?? -1, Libc.PollIn, wait);
            if ((ready & 1) != 0)
            {
                isOpen = ReadPortion(output);
            }

            // Also after output: a background child may never stop writing.
            int status;
            if (Libc.WaitProcess(process, &status, Libc.WaitNoHang) == process)
            {
                Drain(isOpen ? output : null);
                return (status & 0x7F) == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F);
            }
        }
    }

    // What the command wrote is in the pipe when it has ended, and no more than fits there; a background child that goes on writing must not hold us.
    private void Drain(Descriptor? output)
    {
        long end = _total + PipeBytes;
        while (output is not null && _total < end && lifetime.WaitFor(output.Number, Libc.PollIn, 0))
        {
            output = ReadPortion(output) ? output : null;
        }
    }

    private bool ReadPortion(Descriptor output)
    {
        int count = output.Read(_portion);
        if (count <= 0)
        {
            return false;
        }

        int keep = Math.Min(count, _kept.Length - _keptLength);
        _portion.AsSpan(0, keep).CopyTo(_kept.AsSpan(_keptLength));
        _keptLength += keep;
        _total += count;
        return true;
    }

    private static int Start(string command, string directory, int output)
    {
        byte* actions = stackalloc byte[OpaqueSize];
        byte* attributes = stackalloc byte[OpaqueSize];
        byte* signals = stackalloc byte[OpaqueSize];
        List<string> environment = ChildEnvironment();
        byte** arguments = Strings(["/bin/sh", "-c", command]);
        byte** variables = Strings(environment);
        _ = Libc.SpawnActionsInit(actions);
        _ = Libc.SpawnAttributesInit(attributes);
        try
        {
            _ = Libc.SpawnActionsOpen(actions, 0, "/dev/null", Libc.OpenReadOnly, 0);
            _ = Libc.SpawnActionsDuplicate(actions, output, 1);
            _ = Libc.SpawnActionsDuplicate(actions, output, 2);
            _ = Libc.SpawnActionsChangeDirectory(actions, directory);
            _ = Libc.SpawnAttributesSetFlags(attributes, SpawnFlags);
            _ = Libc.SignalSetFill(signals);
            _ = Libc.SpawnAttributesSetDefaultSignals(attributes, signals);
            _ = Libc.SignalSetEmpty(signals);
            _ = Libc.SpawnAttributesSetSignalMask(attributes, signals);
            int process;
            int error = Libc.Spawn(&process, arguments[0], actions, attributes, arguments, variables);
            return error == 0 ? process : throw Descriptor.Failure($"start /bin/sh in '{directory}'", error);
        }
        finally
        {
            _ = Libc.SpawnAttributesDestroy(attributes);
            _ = Libc.SpawnActionsDestroy(actions);
            Free(arguments);
            Free(variables);
        }
    }

    // The run's token opens the broker; commands have no business with it.
    private static List<string> ChildEnvironment()
    {
        var environment = new List<string>();
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            string name = (string)variable.Key;
            if (name is not (PodEnvironment.OpenAiApiKey or PodEnvironment.GatewaySocket or PodEnvironment.EventBusUrl or PodEnvironment.ReportSpans) && !name.StartsWith("DOTNET_", StringComparison.Ordinal))
            {
                // What a command calls goes on in the trace below its tool call.
                environment.Add($"{name}={(name == PodEnvironment.TraceParent ? AgentTrace.Current ?? variable.Value : variable.Value)}");
            }
        }

        return environment;
    }

    private static byte** Strings(List<string> values)
    {
        byte** result = (byte**)NativeMemory.AllocZeroed((nuint)(values.Count + 1), (nuint)sizeof(byte*));
        for (int i = 0; i < values.Count; i++)
        {
            int length = Encoding.UTF8.GetByteCount(values[i]);
            result[i] = (byte*)NativeMemory.AllocZeroed((nuint)length + 1);
            Encoding.UTF8.GetBytes(values[i], new Span<byte>(result[i], length));
        }

        return result;
    }

    private static void Free(byte** strings)
    {
        for (int i = 0; strings[i] is not null; i++)
        {
            NativeMemory.Free(strings[i]);
        }

        NativeMemory.Free(strings);
    }
}
