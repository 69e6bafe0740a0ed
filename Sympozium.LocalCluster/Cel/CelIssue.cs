using System.Globalization;
using System.Text;

namespace Sympozium.LocalCluster.Cel;

/// <summary>Something wrong with an expression, and where.</summary>
/// <param name="Position">Offset in the expression's text.</param>
/// <param name="Message">What is wrong.</param>
internal sealed record CelIssue(int Position, string Message)
{
    /// <summary>The issues as the library that Kubernetes uses prints them: with the line and a mark below the place.</summary>
    public static string Show(string expression, IEnumerable<CelIssue> issues) => string.Join('\n', issues.Select(issue => issue.Show(expression)));

    private string Show(string expression)
    {
        int position = Math.Min(Position, expression.Length);
        int start = position == 0 ? 0 : expression.LastIndexOf('\n', position - 1) + 1;
        int end = expression.IndexOf('\n', start);
        string line = end < 0 ? expression[start..] : expression[start..end];
        int number = expression.AsSpan(0, start).Count('\n') + 1;
        int column = position - start;
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"ERROR: <input>:{number}:{column + 1}: {Message}\n | {line}\n | ");
        return text.Append('.', column).Append('^').ToString();
    }
}

/// <summary>An expression that is none.</summary>
internal sealed class CelSyntaxException(int position, string message) : Exception(message)
{
    public int Position { get; } = position;
}

/// <summary>An evaluation that has no result; the message has the words of the library that Kubernetes uses.</summary>
internal sealed class CelException(string message) : Exception(message)
{
    /// <summary>The expression cost more than it may; nothing must go on as if it had merely failed.</summary>
    public bool IsOverBudget { get; init; }
}
