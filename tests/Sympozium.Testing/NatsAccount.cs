using System.Buffers.Text;
using System.Text;
using NATS.NKeys;

namespace Sympozium.Testing;

/// <summary>An operator with one account, as an administrator would make it with NATS' own tools; the server trusts both.</summary>
public sealed class NatsAccount : IDisposable
{
    private readonly KeyPair _operator = KeyPair.CreatePair(PrefixByte.Operator);
    private readonly KeyPair _account = KeyPair.CreatePair(PrefixByte.Account);
    private readonly KeyPair _system = KeyPair.CreatePair(PrefixByte.Account);

    /// <summary>What signs users.</summary>
    public string Seed => _account.GetSeed();

    /// <summary>What the server's configuration needs.</summary>
    public string Configuration => $$"""
        operator: {{Token(_operator, _operator.GetPublicKey(), """{"type":"operator","version":2}""")}}
        system_account: {{_system.GetPublicKey()}}
        resolver: MEMORY
        resolver_preload: {
          {{_account.GetPublicKey()}}: {{Token(_operator, _account.GetPublicKey(), Limits("""{"mem_storage":-1,"disk_storage":-1,"streams":-1,"consumer":-1,"subs":-1,"data":-1,"payload":-1,"imports":-1,"exports":-1,"wildcards":true,"conn":-1,"leaf":-1}"""))}}
          {{_system.GetPublicKey()}}: {{Token(_operator, _system.GetPublicKey(), Limits("""{"subs":-1,"data":-1,"payload":-1,"imports":-1,"exports":-1,"wildcards":true,"conn":-1,"leaf":-1}"""))}}
        }
        """;

    /// <summary>A credentials file of a user who may do everything in the account.</summary>
    public string Credentials()
    {
        using var user = KeyPair.CreatePair(PrefixByte.User);
        string token = Token(_account, user.GetPublicKey(), """{"pub":{},"sub":{},"subs":-1,"data":-1,"payload":-1,"type":"user","version":2}""");
        return $"-----BEGIN NATS USER JWT-----\n{token}\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\n{user.GetSeed()}\n------END USER NKEY SEED------\n";
    }

    public void Dispose()
    {
        _operator.Dispose();
        _account.Dispose();
        _system.Dispose();
    }

    private static string Limits(string limits) => $$"""{"limits":{{limits}},"type":"account","version":2}""";

    private static string Token(KeyPair issuer, string subject, string claims)
    {
        string payload = $$"""{"jti":"{{Guid.NewGuid():N}}","iat":1700000000,"iss":"{{issuer.GetPublicKey()}}","name":"test","sub":"{{subject}}","nats":{{claims}}}""";
        string signed = $"{Encode("""{"typ":"JWT","alg":"ed25519-nkey"}""")}.{Encode(payload)}";
        var signature = new byte[64];
        issuer.Sign(Encoding.ASCII.GetBytes(signed), signature);
        return $"{signed}.{Base64Url.EncodeToString(signature)}";
    }

    private static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
}
