using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using NATS.NKeys;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Events;

namespace Sympozium.Messaging.Nats.Credentials;

/// <summary>
/// Makes NATS credentials for the pod of one run: a user that may publish what pods may publish, about its own run only, and hear what
/// is meant for it. Nothing of JetStream's management is open to it, nor any other run's subjects. The server needs no change: it
/// trusts the account that signs (NATS' decentralized authentication, https://docs.nats.io/running-a-nats-service/configuration/securing_nats/auth_intro/jwt).
/// </summary>
public sealed class RunCredentialsIssuer : IDisposable
{
    private readonly KeyPair _signer;
    private readonly string _account;
    private readonly TimeProvider _time;

    /// <summary>Signs with the account's seed (<c>SA…</c>), or with a signing key's of <paramref name="account"/>.</summary>
    /// <param name="signingSeed">Seed of the account or of one of its signing keys.</param>
    /// <param name="account">Public key of the account (<c>A…</c>); null when <paramref name="signingSeed"/> is the account's own.</param>
    /// <param name="time">Time of issue.</param>
    /// <exception cref="SympoziumInvalidException">The seed is not an account's.</exception>
    public RunCredentialsIssuer(string signingSeed, string? account, TimeProvider time)
    {
        try
        {
            _signer = KeyPair.FromSeed(signingSeed.Trim());
        }
        catch (Exception wrong) when (wrong is NKeysException or FormatException or ArgumentException or IndexOutOfRangeException)
        {
            // Without the inner exception: it might quote the seed.
            throw new SympoziumInvalidException("The NATS account's signing seed cannot be read; expected the text of a seed that begins with 'SA'.");
        }

        if (_signer.Prefix != PrefixByte.Account)
        {
            _signer.Dispose();
            throw new SympoziumInvalidException("The NATS signing seed is not an account's; expected one that begins with 'SA'.");
        }

        _account = account ?? _signer.GetPublicKey();
        _time = time;
    }

    /// <summary>Text of a <c>.creds</c> file for the pod of the run with this uid, valid for <paramref name="lifetime"/>.</summary>
    public string Issue(ResourceKey run, string runUid, TimeSpan lifetime)
    {
        using var user = KeyPair.CreatePair(PrefixByte.User);
        string token = Sign(Claims(run, runUid, user.GetPublicKey(), lifetime));
        return $"""
            -----BEGIN NATS USER JWT-----
            {token}
            ------END NATS USER JWT------

            -----BEGIN USER NKEY SEED-----
            {user.GetSeed()}
            ------END USER NKEY SEED------

            """;
    }

    /// <inheritdoc/>
    public void Dispose() => _signer.Dispose();

    private byte[] Claims(ResourceKey run, string runUid, string user, TimeSpan lifetime)
    {
        DateTimeOffset now = _time.GetUtcNow();
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("jti", Convert.ToHexString(RandomNumberGenerator.GetBytes(16)));
            json.WriteNumber("iat", now.ToUnixTimeSeconds());
            json.WriteNumber("exp", (now + lifetime).ToUnixTimeSeconds());
            json.WriteString("iss", _signer.GetPublicKey());
            json.WriteString("name", run.ToString());
            json.WriteString("sub", user);
            json.WriteStartObject("nats");
            Permission(json, "pub", Topics.FromPods.Order(StringComparer.Ordinal).Select(topic => BusSubjects.For(topic, run, runUid)));
            Permission(json, "sub", [.. HeardBy(run, runUid), BusSubjects.InboxPrefix(run) + ".>"]);
            json.WriteNumber("subs", 16);
            json.WriteNumber("data", -1);
            json.WriteNumber("payload", -1);
            if (_account != _signer.GetPublicKey())
            {
                json.WriteString("issuer_account", _account);
            }

            // The bridge presents the token as it is: it has no code to sign the server's challenge. Others may sign it with the seed.
            json.WriteBoolean("bearer_token", true);
            json.WriteString("type", "user");
            json.WriteNumber("version", 2);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private static IEnumerable<string> HeardBy(ResourceKey run, string runUid) =>
        Topics.ToPods.Order(StringComparer.Ordinal).SelectMany(topic => new[] { BusSubjects.For(topic, run, null), BusSubjects.For(topic, run, runUid) });

    private static void Permission(Utf8JsonWriter json, string name, IEnumerable<string> subjects)
    {
        json.WriteStartObject(name);
        json.WriteStartArray("allow");
        foreach (string subject in subjects)
        {
            json.WriteStringValue(subject);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private string Sign(byte[] claims)
    {
        const string Header = """{"typ":"JWT","alg":"ed25519-nkey"}""";
        string signed = string.Create(CultureInfo.InvariantCulture, $"{Encode(Encoding.ASCII.GetBytes(Header))}.{Encode(claims)}");
        var signature = new byte[64];
        _signer.Sign(Encoding.ASCII.GetBytes(signed), signature);
        return $"{signed}.{Encode(signature)}";
    }

    private static string Encode(byte[] bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);
}
