using System.Data.Common;
using System.Security.Cryptography;
using System.Text;
using Sympozium.Abstractions;
using Sympozium.Abstractions.History;

namespace Sympozium.Persistence.History;

/// <summary>
/// API keys on either database. A key's text is <c>sk-sympozium-&lt;id&gt;-&lt;secret&gt;</c>: the id finds the row, the SHA-256 of the
/// whole is compared in constant time. The secret has 256 random bits, so a fast hash is enough.
/// </summary>
public sealed class ApiKeyStore(HistoryDatabase database, TimeProvider time) : IApiKeyStore
{
    private const string Prefix = "sk-sympozium-";
    private const int IdBytes = 6;
    private const int SecretBytes = 32;

    private const string Add = """
        INSERT INTO api_key (id, name, hash, namespaces, created_at, expires_at) VALUES (@id, @name, @hash, @namespaces, @at, CAST(@expires AS bigint))
        ON CONFLICT DO NOTHING
        """;

    private const string Columns = "SELECT id, name, namespaces, created_at, expires_at, revoked_at, hash FROM api_key";
    private const string Find = $"{Columns} WHERE id = @id";
    private const string List = $"{Columns} ORDER BY name, created_at";
    private const string Revoke = "UPDATE api_key SET revoked_at = @at WHERE id = @id AND revoked_at IS NULL";

    /// <inheritdoc/>
    public async Task<CreatedApiKey> CreateAsync(NewApiKey request, CancellationToken cancellationToken)
    {
        string id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdBytes));
        string secret = $"{Prefix}{id}-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(SecretBytes))}";
        var key = new ApiKey(id, request.Name, request.Namespaces, time.GetUtcNow(), request.ExpiresAt, null);
        int added = await database.RunAsync(
            (transaction, token) => transaction.ExecuteAsync(
                Add, token,
                ("id", id), ("name", request.Name), ("hash", Hash(secret)), ("namespaces", string.Join(',', request.Namespaces)),
                ("at", key.CreatedAt.Stored()), ("expires", request.ExpiresAt?.Stored().ToString(System.Globalization.CultureInfo.InvariantCulture))),
            cancellationToken);
        return added > 0
            ? new CreatedApiKey(key, secret)
            : throw new SympoziumConflictException($"An API key named '{request.Name}' exists; revoke it first, or choose another name.");
    }

    /// <inheritdoc/>
    public async Task<ApiKey?> FindAsync(string presented, CancellationToken cancellationToken)
    {
        if (!presented.StartsWith(Prefix, StringComparison.Ordinal) || presented.IndexOf('-', Prefix.Length) is not (> 0 and var end))
        {
            return null;
        }

        string id = presented[Prefix.Length..end];
        (ApiKey Key, string Hash)? found = (await database.RunAsync(
            (transaction, token) => transaction.QueryAsync(Find, static row => ((ApiKey, string)?)(Read(row), row.GetString(6)), token, ("id", id)),
            cancellationToken)).FirstOrDefault();
        bool matches = found is { } candidate
            && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Hash(presented)), Encoding.ASCII.GetBytes(candidate.Hash))
            && candidate.Key.RevokedAt is null
            && (candidate.Key.ExpiresAt is not { } expiry || expiry > time.GetUtcNow());
        return matches ? found!.Value.Key : null;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ApiKey>> ListKeysAsync(CancellationToken cancellationToken) =>
        await database.RunAsync((transaction, token) => transaction.QueryAsync(List, Read, token), cancellationToken);

    /// <inheritdoc/>
    public async Task<bool> RevokeAsync(string id, CancellationToken cancellationToken) => await database.RunAsync(
        (transaction, token) => transaction.ExecuteAsync(Revoke, token, ("id", id), ("at", time.GetUtcNow().Stored())), cancellationToken) > 0;

    private static ApiKey Read(DbDataReader row) => new(
        row.GetString(0),
        row.GetString(1),
        row.GetString(2).Split(',', StringSplitOptions.RemoveEmptyEntries),
        row.Time(3),
        row.TimeOrNull(4),
        row.TimeOrNull(5));

    private static string Hash(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
}
