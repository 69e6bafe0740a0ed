using Sympozium.Abstractions.Ipc;
using Sympozium.Runner.Agent;
using Sympozium.Runner.Posix;

namespace Sympozium.Runner.Tools;

/// <summary>Writes requests for the bridge under names that no other call of the run has.</summary>
internal sealed class RequestFiles(AgentOptions options)
{
    /// <summary>Writes one request.</summary>
    /// <param name="directory">One of <see cref="IpcPaths.Directories"/>.</param>
    /// <param name="prefix">What its name starts with.</param>
    /// <param name="json">Its content.</param>
    public void Write(string directory, string prefix, ReadOnlySpan<byte> json) =>
        PosixFile.WriteAtomic($"{options.IpcRoot}/{directory}", $"{prefix}{Guid.NewGuid():N}.json", json);
}
