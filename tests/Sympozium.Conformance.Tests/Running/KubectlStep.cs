using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Sympozium.Conformance.Tests.Normalizing;
using Sympozium.Testing;

namespace Sympozium.Conformance.Tests.Running;

/// <summary><c>{"kubectl": [arguments]}</c>: exit code and both outputs.</summary>
internal static partial class KubectlStep
{
    private const double DefaultSeconds = 90;

    public static async Task<JsonObject> RunAsync(CaseContext context, JsonObject step, JsonObject written)
    {
        string[] arguments = Arguments(step["kubectl"]!);
        context.WriteFiles(step["files"]);
        JsonObject result = new() { ["kubectl"] = written["kubectl"]!.DeepClone() };
        Kubectl kubectl = context.Kubectl((string?)step["token"], step["env"], context.Limits.ForKubectl((double?)step["timeout"] ?? DefaultSeconds));
        KubectlResult done;
        try
        {
            done = await kubectl.RunAsync(CaseContext.Text(step["stdin"]) ?? "", arguments);
        }
        catch (TimeoutException)
        {
            result["rc"] = "timeout";
            return result;
        }

        JsonNode? document = KubectlOutput.Structure(done.Output);
        StepShape.Save(context, step, done.Output, document);
        result["rc"] = done.ExitCode;
        if (done.ExitCode != 0 != ((bool?)step["expect_fail"] ?? false))
        {
            result["unexpected"] = done.ExitCode == 0 ? "success" : "failure";
        }

        string output = document is null ? StepShape.Lines(step, done.Output) : StepShape.Apply(context, step, document)!.ToJsonString();
        result["stdout"] = context.Output.Normalize(arguments, output);
        string errors = string.Join('\n', done.Errors.Split('\n').Where(l => !IsNoise(l)));
        result["stderr"] = string.IsNullOrWhiteSpace(errors) ? new JsonArray() : context.Output.Lines(arguments, errors);
        return result;
    }

    public static string[] Arguments(JsonNode arguments) => [.. arguments.AsArray().Select(a => a!.ToString())];

    /// <summary>Whether kubectl says it of itself.</summary>
    public static bool IsNoise(string line) => line.Contains("version difference between client", StringComparison.Ordinal) || LogLine().IsMatch(line);

    [GeneratedRegex(@"^[EWI]\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ \w+\.go:\d+\]")]
    private static partial Regex LogLine();
}
