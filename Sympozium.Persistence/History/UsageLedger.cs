using System.Globalization;
using Sympozium.Abstractions.History;

namespace Sympozium.Persistence.History;

/// <summary>Usage on either database.</summary>
public sealed class UsageLedger(HistoryDatabase database, HistoryOptions options) : IUsageLedger
{
    private const string Add = """
        INSERT INTO model_call (call_id, run_namespace, run_name, instance, provider, model, at, input_tokens, output_tokens,
            cached_input_tokens, reasoning_tokens, estimated, cost_micro_usd)
        VALUES (@call, @namespace, @run, @instance, @provider, @model, @at, @input, @output, @cached, @reasoning, @estimated, CAST(@cost AS bigint))
        ON CONFLICT (call_id) DO NOTHING
        """;

    private const string Sum = """
        SELECT run_namespace, instance, provider, model, count(*), CAST(sum(input_tokens) AS bigint), CAST(sum(output_tokens) AS bigint),
            CAST(coalesce(sum(cost_micro_usd), 0) AS bigint)
        FROM model_call WHERE at >= @from AND at < @until AND (@namespace IS NULL OR run_namespace = @namespace)
        GROUP BY run_namespace, instance, provider, model ORDER BY run_namespace, instance, provider, model
        """;

    private const string Prune = "DELETE FROM model_call WHERE call_id IN (SELECT call_id FROM model_call WHERE at < @before ORDER BY at LIMIT @limit)";

    /// <inheritdoc/>
    public Task RecordAsync(IReadOnlyList<UsageEntry> entries, CancellationToken cancellationToken) =>
        entries.Count == 0 ? Task.CompletedTask : database.RunAsync(
            async (transaction, token) =>
            {
                foreach (UsageEntry entry in entries.OrderBy(entry => entry.CallId, StringComparer.Ordinal))
                {
                    await transaction.ExecuteAsync(
                        Add, token,
                        ("call", entry.CallId), ("namespace", entry.Run.Namespace), ("run", entry.Run.Name), ("instance", entry.Instance),
                        ("provider", entry.Provider), ("model", entry.Model), ("at", entry.At.Stored()), ("input", entry.InputTokens),
                        ("output", entry.OutputTokens), ("cached", entry.CachedInputTokens), ("reasoning", entry.ReasoningTokens),
                        ("estimated", entry.Estimated ? 1 : 0), ("cost", entry.CostMicroUsd?.ToString(CultureInfo.InvariantCulture)));
                }

                return true;
            },
            cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<UsageTotal>> SumAsync(string? @namespace, DateTimeOffset from, DateTimeOffset until, CancellationToken cancellationToken) =>
        await database.RunAsync(
            (transaction, token) => transaction.QueryAsync(
                Sum,
                static row => new UsageTotal(
                    row.GetString(0), row.TextOrNull(1), row.GetString(2), row.GetString(3),
                    row.GetInt64(4), row.GetInt64(5), row.GetInt64(6), row.GetInt64(7)),
                token,
                ("namespace", @namespace), ("from", from.Stored()), ("until", until.Stored())),
            cancellationToken);

    /// <inheritdoc/>
    public async Task<int> PruneUsageAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        int removed = 0;
        int step;
        do
        {
            step = await database.RunAsync(
                (transaction, token) => transaction.ExecuteAsync(Prune, token, ("before", before.Stored()), ("limit", options.PruneBatch)), cancellationToken);
            removed += step;
        }
        while (step == options.PruneBatch);

        return removed;
    }
}
