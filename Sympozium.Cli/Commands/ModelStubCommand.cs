using System.CommandLine;
using Sympozium.Cli.ModelStub;

namespace Sympozium.Cli.Commands;

/// <summary><c>sympozium model-stub</c>: a scripted model, for tests, demos and benchmarks.</summary>
internal sealed class ModelStubCommand : Verb
{
    private readonly Option<string> _script = new("--script") { Description = "The scenarios, as YAML (docs/model-stub.md)", HelpName = "FILE", Required = true };
    private readonly Option<int> _port = new("--port") { Description = "Port on loopback; 0 takes a free one", HelpName = "PORT" };
    private readonly Option<string?> _record = new("--record") { Description = "Write one JSON line per request to this file", HelpName = "FILE" };

    public ModelStubCommand(CliContext context)
        : base(context, "model-stub", "Serves a scripted model that speaks the OpenAI and Anthropic APIs. Prints its base URL and serves until Ctrl-C.",
            "sympozium model-stub --script k8s/samples/demo-model.yaml --port 9000", "sympozium model-stub --script script.yaml --record requests.jsonl")
    {
        Add(_script);
        Add(_port);
        Add(_record);
    }

    protected override async Task<int> ExecuteAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        ModelStubOptions options = new() { Port = parsed.GetValue(_port), RecordFile = parsed.GetValue(_record), TimeProvider = Context.Time };
        try
        {
            await ModelStubVerb.RunAsync(parsed.GetValue(_script)!, options, Context.Terminal.Out, Context.Terminal.Error, cancellationToken);
            return ExitCodes.Ok;
        }
        catch (ModelScriptException e)
        {
            throw new CliException(ExitCodes.Refused, e.Message, e);
        }
    }
}
