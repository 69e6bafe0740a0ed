using Sympozium.Cli.ControlPlanes;
using Sympozium.Cli.Terminals;

namespace Sympozium.Cli.Demo;

/// <summary>The next three things to try, with real paths and ports, ready to paste.</summary>
internal static class NextSteps
{
    public static void Write(CliContext context, DataDirectory data, ControlPlaneStatus status, string run)
    {
        ITerminal terminal = context.Terminal;
        string program = context.Environment("SYMPOZIUM_COMMAND") is { Length: > 0 } command ? command : "sympozium";
        string option = data.AsOption(context);
        terminal.Say("\nNext", Tone.Strong);
        terminal.Say("1. Look at it with kubectl:", Tone.Quiet);
        terminal.Say($"     kubectl --kubeconfig {ShellQuote.Of(status.Kubeconfig)} get agentruns");
        terminal.Say($"     kubectl --kubeconfig {ShellQuote.Of(status.Kubeconfig)} describe agentrun {run}");
        terminal.Say("2. Talk to the agent as to any OpenAI-compatible model:", Tone.Quiet);
        terminal.Say($"     curl -N {status.Gateway.ToString().TrimEnd('/')}/v1/chat/completions -H \"Authorization: Bearer $(cat {ShellQuote.Of(status.TokenFile)})\" "
            + "-H 'Content-Type: application/json' -d '{\"model\": \"demo\", \"stream\": true, \"messages\": [{\"role\": \"user\", \"content\": \"Hello\"}]}'");
        terminal.Say("3. Use your own provider:", Tone.Quiet);
        terminal.Say($"     OPENAI_API_KEY=sk-... {program} demo{option} --provider openai --model gpt-4o-mini");
        terminal.Say($"     {program} demo{option} --provider ollama --model llama3.2");
        terminal.Say($"\nThe control plane goes on; end it with: {program} down{option}", Tone.Quiet);
    }
}
