using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;

namespace Sympozium.LocalCluster.Pods.Processes;

/// <summary>
/// Starts processes by <c>posix_spawn</c>: no thread, no pipe and no wait handle per process, and the output goes straight
/// into a file, so that the process does not notice when the control plane dies.
/// </summary>
internal static unsafe class ProcessSpawner
{
    private const uint PrivateFile = 0x180; // 0600

    /// <summary>Starts the process and returns its id; throws <see cref="Win32Exception"/> with the cause.</summary>
    public static int Spawn(SpawnRequest request)
    {
        if (request.Groups.Count > 0)
        {
            request = Joining(request);
        }

        int input = request.Input.IsEmpty ? -1 : WriteMemoryFile(request.Input.Span);
        byte** argv = ToVector(request.Arguments);
        byte** envp = ToVector(request.Environment);
        byte* path = ToText(request.Executable);
        byte* output = ToText(request.OutputFile);
        byte* record = ToText(request.RecordFile);
        byte* nothing = ToText("/dev/null");
        byte* terminal = ToText(request.Streams?.Terminal ?? "");
        byte* actions = stackalloc byte[Native.OpaqueBytes];
        byte* attributes = stackalloc byte[Native.OpaqueBytes];
        Check(Native.FileActionsInit(actions));
        Check(Native.AttributesInit(attributes));
        try
        {
            // The inherited descriptor first: its number may be one of those that are opened next.
            if (input >= 0)
            {
                Check(Native.FileActionsAddDup(actions, input, SpawnRequest.InputDescriptor));
            }

            if (request.Inherited is { } inherited)
            {
                Check(Native.FileActionsAddDup(actions, (int)inherited.DangerousGetHandle(), SpawnRequest.InheritedDescriptor));
            }

            if (request.Streams is { } streams)
            {
                Connect(actions, streams, terminal, nothing);
            }
            else
            {
                Check(Native.FileActionsAddOpen(actions, SpawnRequest.RecordDescriptor, record, Native.OpenAppend, PrivateFile));
                Check(request.StandardInput is { } standardInput
                    ? Native.FileActionsAddDup(actions, (int)standardInput.DangerousGetHandle(), 0)
                    : Native.FileActionsAddOpen(actions, 0, nothing, Native.OpenReadOnly, 0));
                Check(Native.FileActionsAddOpen(actions, 1, output, Native.OpenAppend, PrivateFile));
                Check(Native.FileActionsAddDup(actions, 1, 2));
            }

            SetAttributes(attributes);

            int pid;
            int error = Native.Spawn(&pid, path, actions, attributes, argv, envp);
            return error == 0 ? pid : throw new Win32Exception(error, $"Cannot start '{request.Executable}': {Marshal.GetPInvokeErrorMessage(error)}.");
        }
        finally
        {
            _ = Native.FileActionsDestroy(actions);
            _ = Native.AttributesDestroy(attributes);
            FreeVector(argv);
            FreeVector(envp);
            NativeMemory.Free(path);
            NativeMemory.Free(output);
            NativeMemory.Free(record);
            NativeMemory.Free(nothing);
            NativeMemory.Free(terminal);
            if (input >= 0)
            {
                Native.Close(input);
            }
        }
    }

    /// <summary>
    /// The same behind a shell that joins the groups and then becomes the program. A group that is gone or full must not keep
    /// a container from starting for good: the shell's complaint lands in the log and it goes on.
    /// </summary>
    private static SpawnRequest Joining(SpawnRequest request)
    {
        const string Script = "while [ \"$1\" != -- ]; do echo $$ >\"$1\"; shift; done; shift; exec \"$0\" \"$@\"";
        return request with
        {
            Executable = "/bin/sh",
            Arguments = ["sh", "-c", Script, request.Executable, .. request.Groups, "--", .. request.Arguments.Skip(1)],
            Groups = [],
        };
    }

    private static void Connect(byte* actions, StandardStreams streams, byte* terminal, byte* nothing)
    {
        if (streams.Terminal is not null)
        {
            // The first terminal that the leader of a new session opens becomes its controlling one.
            Check(Native.FileActionsAddOpen(actions, 0, terminal, Native.OpenReadWrite, 0));
            Check(Native.FileActionsAddDup(actions, 0, 1));
            Check(Native.FileActionsAddDup(actions, 0, 2));
            return;
        }

        if (streams.Input is { } input)
        {
            Check(Native.FileActionsAddDup(actions, (int)input.DangerousGetHandle(), 0));
        }
        else
        {
            Check(Native.FileActionsAddOpen(actions, 0, nothing, Native.OpenReadOnly, 0));
        }

        Connect(actions, streams.Output, 1, nothing);
        Connect(actions, streams.Error, 2, nothing);
    }

    private static void Connect(byte* actions, Microsoft.Win32.SafeHandles.SafeFileHandle? stream, int descriptor, byte* nothing) => Check(stream is null
        ? Native.FileActionsAddOpen(actions, descriptor, nothing, Native.OpenAppend, 0)
        : Native.FileActionsAddDup(actions, (int)stream.DangerousGetHandle(), descriptor));

    /// <summary>.NET ignores SIGPIPE and blocks signals in its threads; a container must start with the defaults.</summary>
    private static void SetAttributes(byte* attributes)
    {
        byte* signals = stackalloc byte[Native.OpaqueBytes];
        Check(Native.SignalsEmpty(signals));
        Check(Native.AttributesSetMask(attributes, signals));
        Check(Native.SignalsFill(signals));
        Check(Native.AttributesSetDefault(attributes, signals));
        Check(Native.AttributesSetFlags(attributes, Native.SpawnSetSid | Native.SpawnSetSigMask | Native.SpawnSetSigDefault));
    }

    private static void Check(int error)
    {
        if (error != 0)
        {
            throw new Win32Exception(error);
        }
    }

    private static int WriteMemoryFile(ReadOnlySpan<byte> content)
    {
        int fd = Native.MemoryFile();
        if (fd < 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }

        fixed (byte* start = content)
        {
            int written = 0;
            while (written < content.Length)
            {
                nint count = Native.Write(fd, start + written, (nuint)(content.Length - written));
                if (count <= 0)
                {
                    int error = Marshal.GetLastPInvokeError();
                    Native.Close(fd);
                    throw new Win32Exception(error);
                }

                written += (int)count;
            }
        }

        Native.Seek(fd, 0, 0);
        return fd;
    }

    private static byte** ToVector(IReadOnlyList<string> texts)
    {
        byte** vector = (byte**)NativeMemory.Alloc((nuint)(texts.Count + 1), (nuint)sizeof(byte*));
        for (int i = 0; i < texts.Count; i++)
        {
            vector[i] = ToText(texts[i]);
        }

        vector[texts.Count] = null;
        return vector;
    }

    private static byte* ToText(string text)
    {
        int length = Encoding.UTF8.GetByteCount(text);
        byte* bytes = (byte*)NativeMemory.Alloc((nuint)length + 1);
        Encoding.UTF8.GetBytes(text, new Span<byte>(bytes, length));
        bytes[length] = 0;
        return bytes;
    }

    private static void FreeVector(byte** vector)
    {
        for (byte** entry = vector; *entry != null; entry++)
        {
            NativeMemory.Free(*entry);
        }

        NativeMemory.Free(vector);
    }
}
