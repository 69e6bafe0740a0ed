using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Cel;
using Sympozium.LocalCluster.Cel.Library;
using Sympozium.LocalCluster.Kinds.Rules;

namespace Sympozium.LocalCluster.Admission.Webhooks;

/// <summary>
/// A CEL rule that must hold for a webhook to be asked. Knows <c>object</c>, <c>oldObject</c>, <c>request</c> and the <c>authorizer</c>, which
/// asks about the rights of the request's user.
/// </summary>
internal sealed record MatchCondition(string Name, CelProgram Program)
{
    private const string Authorizer = "authorizer";
    private const string RequestResource = "authorizer.requestResource";

    /// <summary>What an expression may refer to.</summary>
    public static IReadOnlyDictionary<string, CelType> Variables { get; } = new Dictionary<string, CelType>(StringComparer.Ordinal)
    {
        ["object"] = CelType.Dyn,
        ["oldObject"] = CelType.Dyn,
        ["request"] = CelType.Dyn,
        [Authorizer] = AuthorizerFunctions.Authorizer,
        [RequestResource] = AuthorizerFunctions.ResourceCheck,
    };

    /// <summary>The conditions of a webhook, whose configuration was refused if one does not compile.</summary>
    public static IReadOnlyList<MatchCondition> Read(JsonObject webhook)
    {
        List<MatchCondition> conditions = [];
        foreach ((_, JsonObject condition) in webhook.Items("matchConditions"))
        {
            if (CelProgram.Compile(condition.Text("expression"), Variables, out _) is { } program)
            {
                conditions.Add(new MatchCondition(condition.Text("name"), program));
            }
        }

        return conditions;
    }

    /// <summary>Whether all hold. One that is false decides, whatever the others fail with.</summary>
    /// <exception cref="CelException">None is false, and one cannot be evaluated; the message names it.</exception>
    /// <param name="conditions">The conditions.</param>
    /// <param name="review">What the webhook would be asked.</param>
    /// <param name="decide">Whether the user of the request has a right.</param>
    public static bool AllHold(IReadOnlyList<MatchCondition> conditions, JsonObject review, Func<CelAccess, CelDecision> decide)
    {
        JsonObject request = review.Map("request")!;
        CelAuthorizer authorizer = new(decide, new CelAccess());
        Dictionary<string, object> variables = new(StringComparer.Ordinal)
        {
            ["object"] = CelValues.FromJson(request["object"], CelType.Dyn),
            ["oldObject"] = CelValues.FromJson(request["oldObject"], CelType.Dyn),
            ["request"] = new CelMap(request, CelType.Dyn),
            [Authorizer] = authorizer,
            [RequestResource] = new CelResourceCheck(authorizer with { Asked = AccessOf(request) }),
        };
        CelBudget budget = new(CelBudget.PerObject);
        CelException? failure = null;
        foreach (MatchCondition condition in conditions)
        {
            try
            {
                if (condition.Program.Evaluate(variables, budget) is not true)
                {
                    return false;
                }
            }
            catch (CelException exception)
            {
                failure ??= new CelException($"expression '{condition.Program.Text}' resulted in error: {exception.Message}");
            }
        }

        return failure is null ? true : throw failure;
    }

    private static CelAccess AccessOf(JsonObject request) => new()
    {
        Group = request.Map("requestResource").Text("group"),
        Resource = request.Map("requestResource").Text("resource"),
        Subresource = request.Text("requestSubResource"),
        Namespace = request.Text("namespace"),
        Name = request.Text("name"),
    };
}
