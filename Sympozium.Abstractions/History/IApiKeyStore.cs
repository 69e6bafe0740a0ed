namespace Sympozium.Abstractions.History;

/// <summary>
/// Keys of the gateway's clients. Only a hash is stored: a key is shown once, when it is made. Throws
/// <see cref="SympoziumUnavailableException"/> when the database does not answer.
/// </summary>
public interface IApiKeyStore
{
    /// <summary>Makes a key.</summary>
    /// <exception cref="SympoziumConflictException">A key that is not revoked has this name.</exception>
    Task<CreatedApiKey> CreateAsync(NewApiKey request, CancellationToken cancellationToken);

    /// <summary>The key that a client has presented; null when it is unknown, revoked or expired.</summary>
    Task<ApiKey?> FindAsync(string presented, CancellationToken cancellationToken);

    /// <summary>All keys, revoked ones included, by name.</summary>
    Task<IReadOnlyList<ApiKey>> ListKeysAsync(CancellationToken cancellationToken);

    /// <summary>Revokes a key by its id; false when there is none, or it is revoked already.</summary>
    Task<bool> RevokeAsync(string id, CancellationToken cancellationToken);
}

/// <summary>What a new key shall be.</summary>
/// <param name="Name">For people; one key that is not revoked has it.</param>
/// <param name="Namespaces">Namespaces it may use; empty means all.</param>
/// <param name="ExpiresAt">When it ends, UTC; null means never.</param>
public sealed record NewApiKey(string Name, IReadOnlyList<string> Namespaces, DateTimeOffset? ExpiresAt);

/// <summary>A key without its secret.</summary>
/// <param name="Id">Names it; part of the key's text, so that a leaked key can be told.</param>
/// <param name="Name">For people.</param>
/// <param name="Namespaces">Namespaces it may use; empty means all.</param>
/// <param name="CreatedAt">When it was made, UTC.</param>
/// <param name="ExpiresAt">When it ends, UTC; null means never.</param>
/// <param name="RevokedAt">When it was revoked, UTC; null when it is not.</param>
public sealed record ApiKey(
    string Id, string Name, IReadOnlyList<string> Namespaces, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? RevokedAt);

/// <summary>A new key, with the text that the client presents: <c>sk-sympozium-&lt;id&gt;-&lt;secret&gt;</c>.</summary>
/// <param name="Key">The key.</param>
/// <param name="Secret">Its text; it cannot be read again.</param>
public sealed record CreatedApiKey(ApiKey Key, string Secret)
{
    /// <summary>Without the secret: records print their members.</summary>
    public override string ToString() => $"{nameof(CreatedApiKey)} {{ {Key} }}";
}
