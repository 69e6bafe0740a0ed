using Sympozium.Abstractions.Ipc;
using Sympozium.Runner.Agent;
using Sympozium.Runner.Json;
using Sympozium.Runner.Posix;

namespace Sympozium.Runner.Tools;

/// <summary>Writes requests for the bridge under names that no other call of the run has.</summary>
internal sealed class RequestFiles(AgentOptions options)
{
    /// <summary>Writes one request.</summary>
    /// <param name="directory">One of <see cref="IpcPaths.Directories"/>.</param>
    /// <param name="prefix">What its name starts with.</param>
    /// <param name="json">Its content, an object with a field.</param>
    public void Write(string directory, string prefix, ReadOnlySpan<byte> json) =>
        PosixFile.WriteAtomic($"{options.IpcRoot}/{directory}", $"{prefix}{Guid.NewGuid():N}.json", AgentTrace.Current is { } trace ? Traced(json, trace) : json);

    /// <summary>The request with the trace context of the tool call that makes it.</summary>
    private static ReadOnlySpan<byte> Traced(ReadOnlySpan<byte> json, string traceParent) =>
        new JsonText(json.Length + 96).Raw(json[..^1]).Raw(",\"_meta\":{\"traceparent\":"u8).String(traceParent).Raw("}}"u8).Written;
}
