namespace Sympozium.LocalCluster.Cel;

/// <summary>What evaluations may cost: every node of an expression that is visited costs one, longer values more.</summary>
internal sealed class CelBudget(long total)
{
    /// <summary>What one expression may cost, as in Kubernetes.</summary>
    public const long PerExpression = 1_000_000;

    /// <summary>What all rules of one object may cost together, as in Kubernetes.</summary>
    public const long PerObject = 10_000_000;

    private long _left = total;
    private long _expression;

    public bool IsSpent => _left <= 0;

    /// <summary>A new expression begins.</summary>
    public void Begin() => _expression = Math.Min(PerExpression, _left);

    /// <exception cref="CelException">The expression, or all together, cost too much.</exception>
    public void Spend(long cost)
    {
        _left -= cost;
        _expression -= cost;
        if (_expression < 0)
        {
            throw new CelException("operation cancelled: actual cost limit exceeded") { IsOverBudget = true };
        }
    }
}
