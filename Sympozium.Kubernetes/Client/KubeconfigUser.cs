using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Client.Credentials;
using static Sympozium.Kubernetes.Client.KubeconfigValues;

namespace Sympozium.Kubernetes.Client;

/// <summary>One entry of a kubeconfig's <c>users</c>.</summary>
internal sealed class KubeconfigUser(string file, string name, JsonObject entry)
{
    private static readonly string[] InteractiveModes = ["Never", "IfAvailable", "Always"];

    /// <summary>All that the user has together: client certificate, then token, then what a plugin says.</summary>
    /// <exception cref="KubeconfigException">Something is missing, contradicts itself, or is a way that Kubernetes has given up.</exception>
    public ICredentialSource Credentials(KubeconfigCluster cluster, TimeProvider time)
    {
        RefuseWhatIsGone();
        List<ICredentialSource> sources = [];
        if (Certificate(time) is { } certificate)
        {
            sources.Add(certificate);
        }

        if (Optional(entry["tokenFile"]) is { } tokenFile)
        {
            sources.Add(new TokenFileCredential(Absolute(file, tokenFile), Optional(entry["token"]), time));
        }
        else if (Optional(entry["token"]) is { } token)
        {
            sources.Add(new FixedCredential(token));
        }

        if (entry["exec"] is JsonObject exec)
        {
            if (entry["token"] is not null || entry["tokenFile"] is not null)
            {
                throw new KubeconfigException($"{file}: user '{name}' has both a token and an exec plugin; remove one of them");
            }

            sources.Add(new ExecCredential(Plugin(exec, cluster), time));
        }

        return sources.Count == 1 ? sources[0] : new CombinedCredential(sources);
    }

    /// <summary>Whom the user acts as; null for himself.</summary>
    public Impersonation? Impersonation()
    {
        string? uid = Optional(entry["as-uid"]);
        IReadOnlyList<string> groups = Texts(entry["as-groups"]);
        var extra = (entry["as-user-extra"] as JsonObject)?.ToDictionary(pair => pair.Key, pair => Texts(pair.Value)) ?? [];
        if (groups.Count > 1 || extra.Values.Any(values => values.Count > 1))
        {
            // .NET writes the values of one header into one line, which the server would take for one group of a strange name.
            throw new KubeconfigException(
                $"{file}: user '{name}' has several as-groups or several values of one as-user-extra; this client can send one of each, "
                + "so act as a user who is in the groups");
        }

        if (Optional(entry["as"]) is { } user)
        {
            return new Impersonation(user) { Uid = uid, Groups = groups, Extra = extra };
        }

        return uid is null && groups.Count == 0 && extra.Count == 0
            ? null
            : throw new KubeconfigException($"{file}: user '{name}' has as-uid, as-groups or as-user-extra without 'as'; name the user to act as");
    }

    private void RefuseWhatIsGone()
    {
        if (entry["username"] is not null || entry["password"] is not null)
        {
            throw new KubeconfigException(
                $"{file}: user '{name}' has a username and password; Kubernetes has no basic authentication since 1.19, use a token, a client certificate or an exec plugin");
        }

        if (entry["auth-provider"] is JsonObject provider)
        {
            throw new KubeconfigException(
                $"{file}: user '{name}' gets its credentials from auth-provider '{Text(provider["name"])}'; Kubernetes has removed it in 1.26, use the provider's exec plugin");
        }
    }

    private ICredentialSource? Certificate(TimeProvider time)
    {
        string? certificate = Data(file, entry, "client-certificate");
        string? key = Data(file, entry, "client-key");
        string? certificateFile = certificate is null ? ReadableFile(file, entry, "client-certificate") : null;
        string? keyFile = key is null ? ReadableFile(file, entry, "client-key") : null;
        if ((certificate ?? certificateFile) is null && (key ?? keyFile) is null)
        {
            return null;
        }

        if ((certificate ?? certificateFile) is null || (key ?? keyFile) is null)
        {
            throw new KubeconfigException($"{file}: user '{name}' needs both client-certificate and client-key");
        }

        try
        {
            if (certificateFile is not null && keyFile is not null)
            {
                var files = new CertificateFilesCredential(certificateFile, keyFile, time);
                files.Load();
                return files;
            }

            certificate ??= File.ReadAllText(certificateFile!);
            key ??= File.ReadAllText(keyFile!);
            return new FixedCredential(new ClusterCredential(null, ClientCertificate.FromPem(certificate, key)));
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or IOException or CredentialException)
        {
            throw new KubeconfigException($"{file}: the client certificate and key of user '{name}' cannot be used: {e.Message}", e);
        }
    }

    private ExecPlugin Plugin(JsonObject exec, KubeconfigCluster cluster)
    {
        string version = Text(exec["apiVersion"]);
        if (!ExecPlugin.ApiVersions.Contains(version))
        {
            throw new KubeconfigException(
                $"{file}: the exec plugin of user '{name}' has apiVersion '{version}'; known are {string.Join(" and ", ExecPlugin.ApiVersions)}");
        }

        if (Optional(exec["command"]) is not { } command)
        {
            throw new KubeconfigException($"{file}: the exec plugin of user '{name}' has no command");
        }

        // v1 has no default, since the older one surprised people.
        string mode = Optional(exec["interactiveMode"]) ?? (version.EndsWith("/v1", StringComparison.Ordinal) ? "" : "IfAvailable");
        if (!InteractiveModes.Contains(mode))
        {
            throw new KubeconfigException(
                $"{file}: the exec plugin of user '{name}' has interactiveMode '{mode}'; {version} needs one of {string.Join(", ", InteractiveModes)}");
        }

        return new ExecPlugin
        {
            ApiVersion = version,
            Command = command.Contains('/') ? Absolute(file, command) : command,
            Arguments = Texts(exec["args"]),
            Environment = (exec["env"] as JsonArray)?.OfType<JsonObject>().DistinctBy(e => Text(e["name"])).ToDictionary(e => Text(e["name"]), e => Text(e["value"])) ?? [],
            InstallHint = Optional(exec["installHint"]),
            InteractiveMode = mode,
            Cluster = Flag(exec["provideClusterInfo"]) ? cluster.ForPlugins() : null,
            Owner = $"user '{name}' in {file}",
        };
    }
}
