namespace Sympozium.LocalCluster.Cel;

/// <summary>
/// A checked expression of the Common Expression Language (https://github.com/google/cel-spec) with the functions that Kubernetes adds.
/// Immutable; may be evaluated by several threads at once.
/// </summary>
internal sealed class CelProgram
{
    private readonly CelNode _root;

    private CelProgram(string text, CelNode root, CelChecked found)
    {
        Text = text;
        _root = root;
        Type = found.Type;
        Variables = found.Variables;
    }

    public string Text { get; }

    /// <summary>Type of the result; dyn when only a run can tell.</summary>
    public CelType Type { get; }

    /// <summary>The variables that it refers to.</summary>
    public IReadOnlySet<string> Variables { get; }

    /// <summary>Parses and checks an expression.</summary>
    /// <param name="text">The expression.</param>
    /// <param name="variables">What it may refer to.</param>
    /// <param name="issues">What is wrong; empty when it is right.</param>
    /// <returns>Null when something is wrong.</returns>
    public static CelProgram? Compile(string text, IReadOnlyDictionary<string, CelType> variables, out IReadOnlyList<CelIssue> issues)
    {
        try
        {
            CelNode root = CelParser.Parse(text);
            CelChecked found = CelChecker.Check(root, variables);
            issues = found.Issues;
            return issues.Count == 0 ? new CelProgram(text, root, found) : null;
        }
        catch (CelSyntaxException exception)
        {
            issues = [new CelIssue(exception.Position, exception.Message)];
            return null;
        }
    }

    /// <summary>The most that a run may cost when its variables are as large as they can get.</summary>
    public double EstimateCost(IReadOnlyDictionary<string, CelExtent> variables) => CelCost.Estimate(_root, variables);

    /// <exception cref="CelException">There is no result, or it cost too much.</exception>
    public object Evaluate(IReadOnlyDictionary<string, object> variables, CelBudget budget)
    {
        budget.Begin();
        try
        {
            return new CelEvaluator(budget, variables).Visit(_root);
        }
        catch (OverflowException)
        {
            throw new CelException("integer overflow");
        }
        catch (InvalidCastException)
        {
            // The items of a list of type dyn are not all of one type.
            throw new CelException("no such overload");
        }
    }
}
