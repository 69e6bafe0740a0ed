namespace Sympozium.LocalCluster.Cel;

/// <summary>Calls that are macros: their arguments are expressions rather than values.</summary>
internal static class CelMacros
{
    /// <summary><c>target.name(...)</c>.</summary>
    public static CelNode Member(int position, CelNode target, string name, IReadOnlyList<CelNode> arguments)
    {
        if (target is CelIdentifier { Name: "cel" } && name == "bind" && arguments.Count == 3)
        {
            return new CelBind(position, Variable(arguments[0]), arguments[1], arguments[2]);
        }

        if (name is "optMap" or "optFlatMap" && arguments.Count == 2)
        {
            return new CelOptionalMap(position, target, Variable(arguments[0]), arguments[1], name == "optFlatMap");
        }

        return Comprehension(position, target, name, arguments) is { } comprehension ? comprehension : new CelCall(position, name, target, arguments);
    }

    /// <summary><c>name(...)</c>.</summary>
    public static CelNode Global(int position, string name, IReadOnlyList<CelNode> arguments)
    {
        if (name != "has" || arguments.Count != 1)
        {
            return new CelCall(position, name, null, arguments);
        }

        return arguments[0] is CelSelect select
            ? select with { IsTest = true }
            : throw new CelSyntaxException(position, "invalid argument to has() macro");
    }

    private static CelComprehension? Comprehension(int position, CelNode range, string name, IReadOnlyList<CelNode> arguments)
    {
        switch (name, arguments.Count)
        {
            case ("all", 2):
                return One(CelMacro.All);
            case ("exists", 2):
                return One(CelMacro.Exists);
            case ("exists_one" or "existsOne", 2):
                return One(CelMacro.ExistsOne);
            case ("filter", 2):
                return One(CelMacro.Filter);
            case ("map", 2):
                return One(CelMacro.Map);
            case ("map", 3):
                return new CelComprehension(position, CelMacro.Map, range, Variable(arguments[0]), null, arguments[1], arguments[2]);
            case ("all", 3):
                return Two(CelMacro.All);
            case ("exists", 3):
                return Two(CelMacro.Exists);
            case ("exists_one" or "existsOne", 3):
                return Two(CelMacro.ExistsOne);
            case ("transformList", 3):
                return Two(CelMacro.TransformList);
            case ("transformMap", 3):
                return Two(CelMacro.TransformMap);
            case ("transformList", 4):
                return Two(CelMacro.TransformList) with { Condition = arguments[2], Step = arguments[3] };
            case ("transformMap", 4):
                return Two(CelMacro.TransformMap) with { Condition = arguments[2], Step = arguments[3] };
            default:
                return null;
        }

        CelComprehension One(CelMacro macro) => new(position, macro, range, Variable(arguments[0]), null, null, arguments[1]);

        CelComprehension Two(CelMacro macro) => new(position, macro, range, Variable(arguments[0]), Variable(arguments[1]), null, arguments[2]);
    }

    private static string Variable(CelNode node) =>
        node is CelIdentifier { Name: var name } ? name : throw new CelSyntaxException(node.Position, "argument must be a simple name");
}
