using System.CommandLine;

namespace Sympozium.Cli.Commands;

/// <summary>Base of all verbs: a description, examples for its help, one action, one exit code.</summary>
internal abstract class Verb : Command
{
    protected Verb(CliContext context, string name, string description, params string[] examples)
        : base(name, description)
    {
        Context = context;
        Examples = examples;
        SetAction(ExecuteAsync);
    }

    /// <summary>Command lines that work as they are.</summary>
    public IReadOnlyList<string> Examples { get; }

    protected CliContext Context { get; }

    /// <summary>Does the work; an exception becomes a message and an exit code in <see cref="ErrorReport"/>.</summary>
    protected abstract Task<int> ExecuteAsync(ParseResult parsed, CancellationToken cancellationToken);
}
