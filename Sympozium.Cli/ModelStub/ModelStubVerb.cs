namespace Sympozium.Cli.ModelStub;

/// <summary>The verb <c>sympozium model-stub</c>: serves a script until it is cancelled.</summary>
public static class ModelStubVerb
{
    /// <summary>
    /// Starts the server, writes its OpenAI base URL as the one line on <paramref name="output"/>, and serves until
    /// <paramref name="cancellationToken"/> is cancelled.
    /// </summary>
    /// <exception cref="ModelScriptException">The script is wrong.</exception>
    /// <exception cref="IOException">A file cannot be read or written, or the port is taken.</exception>
    public static async Task RunAsync(string scriptFile, ModelStubOptions options, TextWriter output, TextWriter people, CancellationToken cancellationToken)
    {
        ModelScript script = await ModelScriptReader.ReadFileAsync(scriptFile, cancellationToken);
        await using ModelStubServer server = await ModelStubServer.StartAsync(script, options, cancellationToken);
        await output.WriteLineAsync(server.OpenAiBaseUrl.AsMemory(), cancellationToken);
        await output.FlushAsync(cancellationToken);
        await people.WriteLineAsync($"The scripted model serves {script.Scenarios.Count} scenario(s) of '{scriptFile}'; stop it with Ctrl+C.".AsMemory(), cancellationToken);
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, options.TimeProvider, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await people.WriteLineAsync($"Answered {server.Requests.Count} request(s).");
        }
    }
}
