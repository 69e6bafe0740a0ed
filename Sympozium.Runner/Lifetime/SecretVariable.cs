using System.Runtime.InteropServices;
using Sympozium.Runner.Posix;

namespace Sympozium.Runner.Lifetime;

/// <summary>
/// Takes a secret out of the environment. The kernel shows the memory that a process was started with as /proc/PID/environ, to every
/// process of the same user, thus to the commands that a model runs; so the value is overwritten there.
/// </summary>
internal static class SecretVariable
{
    /// <summary>Its value, trimmed; null when it is not set or empty. A second call gives what the first left.</summary>
    public static unsafe string? Take(string name)
    {
        string? value = Environment.GetEnvironmentVariable(name);
        byte* start = Libc.GetVariable(name);
        if (start is not null)
        {
            new Span<byte>(start, MemoryMarshal.CreateReadOnlySpanFromNullTerminated(start).Length).Fill((byte)'x');
        }

        return string.IsNullOrWhiteSpace(value) ? null : value.Trim();
    }
}
