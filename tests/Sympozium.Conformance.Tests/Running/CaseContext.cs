using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Sympozium.Conformance.Tests.Cases;
using Sympozium.Conformance.Tests.Normalizing;
using Sympozium.Testing;
using Sympozium.Testing.Live;

namespace Sympozium.Conformance.Tests.Running;

/// <summary>What all steps of one case share.</summary>
internal sealed class CaseContext : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public CaseContext(ConformanceCase conformanceCase, ConformanceTarget target)
    {
        Case = conformanceCase;
        Target = target;
        Variables = new CaseVariables(target.Cluster.Server, target.Webhooks);
        (string, string)[] words =
        [
            (Variables.Namespace, "$NS"), (Variables.Suffix, "$SFX"), (target.Webhooks.Address, "$WEBHOOK_HOST"), (target.Webhooks.Authority, "$CABUNDLE"),
            (target.Cluster.Server.OriginalString, "$SERVER"), (target.Cluster.Server.Authority, "$SERVER_HOST"),
        ];
        NormalizerContext normalizers = new([.. words, (LiveEnvironment.BusyboxImage, LiveEnvironment.DefaultBusyboxImage)], target.Nodes, Case.Text, Case.Generated, TimeProvider.System.GetUtcNow());
        Texts = new TextNormalizer(normalizers, Identities);
        Json = new JsonNormalizer(normalizers, Identities, Texts);
        Output = new KubectlOutput(normalizers, Identities, Texts, Json);
    }

    public ConformanceCase Case { get; }

    public ConformanceTarget Target { get; }

    public CaseVariables Variables { get; }

    public Identities Identities { get; } = new();

    public TextNormalizer Texts { get; }

    public JsonNormalizer Json { get; }

    public KubectlOutput Output { get; }

    public CaseLimits Limits => Target.Limits;

    /// <summary>kubectl in the case's own folder, with the kubeconfig's user, a token, or (with an empty one) nobody.</summary>
    public Kubectl Kubectl(string? token, JsonNode? variables, TimeSpan limit)
    {
        string name = token is null ? "own" : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)))[..16];
        string kubeconfig = _folder[name + ".kubeconfig"];
        if (!File.Exists(kubeconfig))
        {
            Target.Cluster.WriteKubeconfig(kubeconfig, Variables.Namespace, token);
        }

        Dictionary<string, string?> environment = new()
        {
            ["KUBECACHEDIR"] = _folder["cache"],
            ["KUBECTL_EXTERNAL_DIFF"] = null,
            ["TZ"] = "UTC",
            ["LANG"] = "C",
            ["LC_ALL"] = "C",
        };
        foreach ((string variable, JsonNode? value) in variables as JsonObject ?? [])
        {
            environment[variable] = (string?)value;
        }

        return new Kubectl(kubeconfig) { WorkingDirectory = _folder.Path, Variables = environment, Limit = limit };
    }

    /// <summary>Writes the files that a step brings.</summary>
    public void WriteFiles(JsonNode? files)
    {
        foreach ((string name, JsonNode? text) in files as JsonObject ?? [])
        {
            File.WriteAllText(_folder[name], Text(text) ?? "");
        }
    }

    /// <summary>A text that a case writes as one string or as lines.</summary>
    public static string? Text(JsonNode? text) => text is JsonArray lines ? string.Concat(lines.Select(l => (string?)l + "\n")) : (string?)text;

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();
}
