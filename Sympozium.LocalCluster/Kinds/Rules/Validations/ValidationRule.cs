using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Cel;

namespace Sympozium.LocalCluster.Kinds.Rules.Validations;

/// <summary>One entry of <c>x-kubernetes-validations</c>, compiled.</summary>
internal sealed record ValidationRule
{
    public required CelProgram Program { get; init; }

    /// <summary>Makes the message; null when it is fixed.</summary>
    public CelProgram? MessageProgram { get; init; }

    /// <summary>What is wrong when the rule does not hold.</summary>
    public required string Message { get; init; }

    /// <summary>Cause type of the problem.</summary>
    public required string Reason { get; init; }

    /// <summary>The field that is at fault, below the rule's own; empty for that itself.</summary>
    public required string FieldPath { get; init; }

    /// <summary>Compares with the object before.</summary>
    public bool UsesOld => Program.Variables.Contains("oldSelf");

    /// <summary>Also runs when there was nothing before.</summary>
    public required bool OldIsOptional { get; init; }

    /// <summary>The variables that a rule of a value of this type may use.</summary>
    public static IReadOnlyDictionary<string, CelType> Variables(CelType type, bool oldIsOptional) => new Dictionary<string, CelType>(StringComparer.Ordinal)
    {
        ["self"] = type,
        ["oldSelf"] = oldIsOptional ? CelType.Optional(type) : type,
    };

    /// <summary>Null when the rule does not compile, which its definition was refused for.</summary>
    public static ValidationRule? Read(JsonObject json, CelType type)
    {
        string text = json.Text("rule");
        bool oldIsOptional = json.IsTrue("optionalOldSelf");
        IReadOnlyDictionary<string, CelType> variables = Variables(type, oldIsOptional);
        if (CelProgram.Compile(text, variables, out _) is not { } program)
        {
            return null;
        }

        string expression = json.Text("messageExpression");
        string message = json.Text("message").Trim();
        return new ValidationRule
        {
            Program = program,
            MessageProgram = expression.Length == 0 ? null : CelProgram.Compile(expression, variables, out _),
            Message = message.Length > 0 ? message : $"failed rule: {text.Trim()}",
            Reason = json.Text("reason") is { Length: > 0 } reason ? reason : ProblemReasons.Invalid,
            FieldPath = json.Text("fieldPath"),
            OldIsOptional = oldIsOptional,
        };
    }
}
