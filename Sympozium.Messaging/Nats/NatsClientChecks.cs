using Sympozium.Abstractions;

namespace Sympozium.Messaging.Nats;

/// <summary>What can be wrong with <see cref="NatsBusOptions"/> before anything is connected.</summary>
internal static class NatsClientChecks
{
    /// <exception cref="SympoziumInvalidException">Names every problem.</exception>
    public static void Check(NatsBusOptions options)
    {
        List<string> problems = [.. Files(options), .. Combinations(options)];
        if (problems.Count > 0)
        {
            throw new SympoziumInvalidException(string.Join(' ', problems));
        }
    }

    private static IEnumerable<string> Files(NatsBusOptions options)
    {
        (string Key, string? Path)[] files =
        [
            (nameof(options.PasswordFile), options.PasswordFile), (nameof(options.TokenFile), options.TokenFile),
            (nameof(options.NkeyFile), options.NkeyFile), (nameof(options.CredentialsFile), options.CredentialsFile),
            (nameof(options.CaFile), options.CaFile), (nameof(options.CertificateFile), options.CertificateFile),
            (nameof(options.KeyFile), options.KeyFile),
        ];
        return from file in files
               where file.Path is not null && !File.Exists(file.Path)
               select $"'{NatsBusOptions.SectionName}:{file.Key}' names '{file.Path}', which does not exist.";
    }

    private static IEnumerable<string> Combinations(NatsBusOptions options)
    {
        string[] ways = [.. Ways(options)];
        if (ways.Length > 1)
        {
            yield return $"'{NatsBusOptions.SectionName}' has {string.Join(" and ", ways)}; a connection has one way to authenticate, so keep one.";
        }

        if (options.User is null != options.PasswordFile is null)
        {
            yield return $"'{NatsBusOptions.SectionName}:User' and '{NatsBusOptions.SectionName}:PasswordFile' go together; set both or neither.";
        }

        if (options.CertificateFile is null != options.KeyFile is null)
        {
            yield return $"'{NatsBusOptions.SectionName}:CertificateFile' and '{NatsBusOptions.SectionName}:KeyFile' go together; set both or neither.";
        }

        foreach (string server in options.Url.Split(','))
        {
            string trimmed = server.Trim();
            if (!Uri.TryCreate(trimmed.Contains("://", StringComparison.Ordinal) ? trimmed : "nats://" + trimmed, UriKind.Absolute, out Uri? uri)
                || uri.Scheme is not ("nats" or "tls" or "ws" or "wss"))
            {
                yield return $"'{NatsBusOptions.SectionName}:Url' has '{NatsClient.Redact(trimmed)}'; expected nats://host:port or tls://host:port, several with commas between them.";
            }
        }
    }

    private static IEnumerable<string> Ways(NatsBusOptions options)
    {
        (string Name, string? Value)[] ways =
        [
            (nameof(options.User), options.User), (nameof(options.TokenFile), options.TokenFile),
            (nameof(options.NkeyFile), options.NkeyFile), (nameof(options.CredentialsFile), options.CredentialsFile),
        ];
        return ways.Where(way => way.Value is not null).Select(way => way.Name);
    }
}
