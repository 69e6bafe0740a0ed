using Sympozium.Runner.Agent;
using Sympozium.Runner.Bridge;

namespace Sympozium.Runner.Lifetime;

/// <summary>The verbs of the executable.</summary>
internal static class RunnerVerbs
{
    private const string Usage = """
        Usage: sympozium-runner VERB

          agent        works on the task of one run: model rounds and tool calls, until there is an answer
          ipc-bridge   carries files between the pod's shared volume and the event bus
          --version    prints the version
          --help       prints this text

        Both verbs are started as containers of an agent pod and read everything from their environment.

        """;

    /// <summary>Runs one verb and returns the exit code.</summary>
    public static int Run(string[] args)
    {
        switch (args)
        {
            case ["agent"]:
                return AgentVerb.Run(TimeProvider.System);
            case ["ipc-bridge"]:
                return BridgeVerb.Run(TimeProvider.System);
            case ["--version"]:
                RunnerLog.Plain(typeof(RunnerVerbs).Assembly.GetName().Version!.ToString(3) + "\n");
                return ExitCodes.Success;
            case ["--help" or "-h" or "help"]:
                RunnerLog.Plain(Usage);
                return ExitCodes.Success;
            default:
                string given = args.Length == 0 ? "no verb" : $"'{string.Join(' ', args)}'";
                RunnerLog.Error($"Expected one verb, got {given}.\n{Usage}");
                return ExitCodes.UsageError;
        }
    }
}
