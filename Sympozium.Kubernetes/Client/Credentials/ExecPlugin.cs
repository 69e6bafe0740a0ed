using System.Text.Json.Nodes;

namespace Sympozium.Kubernetes.Client.Credentials;

/// <summary>
/// A program that prints credentials, as a kubeconfig's <c>users[].user.exec</c> describes it
/// (https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins).
/// </summary>
public sealed record ExecPlugin
{
    /// <summary>Versions of the protocol that are spoken.</summary>
    public static readonly IReadOnlyList<string> ApiVersions = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];

    /// <summary>Which of <see cref="ApiVersions"/> the plugin speaks.</summary>
    public required string ApiVersion { get; init; }

    /// <summary>Program: a name to find in PATH, or an absolute path.</summary>
    public required string Command { get; init; }

    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Variables added to those of this process.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>What to tell a user who does not have the program.</summary>
    public string? InstallHint { get; init; }

    /// <summary><c>Never</c>, <c>IfAvailable</c> or <c>Always</c>: whether the plugin may ask the user on the terminal.</summary>
    public string InteractiveMode { get; init; } = "IfAvailable";

    /// <summary>The cluster as the plugin is told it; null when it does not want to know.</summary>
    public JsonObject? Cluster { get; init; }

    /// <summary>Whose credentials these are, for messages: user and file.</summary>
    public required string Owner { get; init; }
}
