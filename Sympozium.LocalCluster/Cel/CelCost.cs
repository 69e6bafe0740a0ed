using System.Text;

namespace Sympozium.LocalCluster.Cel;

/// <summary>
/// The most that an expression can cost, in the units of cel-go's checker (about 50 ns each), estimated from how large its variables can get. Kubernetes refuses
/// definitions by this number, so the numbers are those of cel-go and of Kubernetes' own library.
/// </summary>
internal sealed class CelCost
{
    private const double TextFactor = 0.1;
    private const double PatternFactor = 0.25;
    private const double ListCost = 10;
    private const double MapCost = 30;
    private const double AuthorizerCost = 350_000;

    private static readonly Dictionary<string, Func<Measured, Measured, Measured>> Calls = CostsOfCalls();

    private readonly Dictionary<string, Measured> _variables;

    private CelCost(IEnumerable<KeyValuePair<string, CelExtent>> variables) =>
        _variables = variables.ToDictionary(v => v.Key, v => new Measured(1, v.Value.Most, v.Value), StringComparer.Ordinal);

    /// <summary>The estimate for an expression over variables of known extents.</summary>
    public static double Estimate(CelNode root, IReadOnlyDictionary<string, CelExtent> variables) => new CelCost(variables).Visit(root).Cost;

    private Measured Visit(CelNode node) => node switch
    {
        CelLiteral literal => new Measured(0, SizeOf(literal.Value)),
        CelIdentifier identifier => _variables.TryGetValue(identifier.Name, out Measured known) ? known with { Cost = 1 } : new Measured(1, double.PositiveInfinity),
        CelSelect select => OfSelect(select),
        CelCall call => OfCall(call),
        CelListNode list => new Measured(ListCost + list.Items.Sum(item => Visit(item.Item).Cost), list.Items.Count),
        CelMapNode map => new Measured(MapCost + map.Entries.Sum(entry => Visit(entry.Key).Cost + Visit(entry.Value).Cost), map.Entries.Count),
        CelConditional conditional => OfConditional(conditional),
        CelComprehension comprehension => OfComprehension(comprehension),
        CelBind bind => OfBind(bind.Variable, Visit(bind.Value), bind.Body, ListCost),
        CelOptionalMap optional => OfBind(optional.Variable, Visit(optional.Operand), optional.Body, ListCost + 1),
        _ => throw new InvalidOperationException($"{node.GetType().Name} is not measured"),
    };

    private static double SizeOf(object literal) => literal switch
    {
        string text => Encoding.UTF8.GetByteCount(text),
        byte[] bytes => bytes.Length,
        _ => 1,
    };

    private Measured OfSelect(CelSelect select)
    {
        Measured operand = Visit(select.Operand);

        // That a field is there is told by reading what holds it.
        CelExtent? field = operand.Extent is { } extent ? extent.Fields.GetValueOrDefault(select.Field) ?? extent.Element : null;
        return select.IsTest ? new Measured(operand.Cost, 1) : new Measured(operand.Cost + 1, field?.Most ?? double.PositiveInfinity, field);
    }

    private Measured OfConditional(CelConditional conditional)
    {
        Measured yes = Visit(conditional.Yes);
        Measured no = Visit(conditional.No);
        return new Measured(Visit(conditional.Condition).Cost + Math.Max(yes.Cost, no.Cost), Math.Max(yes.Size, no.Size), yes.Extent ?? no.Extent);
    }

    private Measured OfBind(string variable, Measured value, CelNode body, double more)
    {
        Measured result = With(variable, value, () => Visit(body));
        return result with { Cost = more + value.Cost + result.Cost };
    }

    private Measured OfCall(CelCall call)
    {
        List<Measured> operands = [.. call.Operands.Select(Visit)];
        Measured first = operands.Count > 0 ? operands[0] : default;
        Measured second = operands.Count > 1 ? operands[1] : default;
        Measured own = Calls.TryGetValue(call.Function, out Func<Measured, Measured, Measured>? measure)
            ? measure(first, second)
            : new Measured(1, IsNumber(call) ? 1 : double.PositiveInfinity);
        return own with { Cost = own.Cost + operands.Sum(operand => operand.Cost) };
    }

    /// <summary>What functions cost by how large their first two operands are; all others cost 1.</summary>
    private static Dictionary<string, Func<Measured, Measured, Measured>> CostsOfCalls()
    {
        Dictionary<string, Func<Measured, Measured, Measured>> costs = new(StringComparer.Ordinal)
        {
            ["_&&_"] = (_, _) => new Measured(0, 1),
            ["_||_"] = (_, _) => new Measured(0, 1),
            ["_+_"] = (first, second) => IsScalar(first) && IsScalar(second)
                ? new Measured(1, 1)
                : new Measured(Math.Max(1, Scaled(first.Size + second.Size, TextFactor)), first.Size + second.Size),
            ["_[_]"] = (first, _) => new Measured(1, first.Extent?.Element?.Most ?? double.PositiveInfinity, first.Extent?.Element),
            ["@in"] = (_, list) => new Measured(list.Size, 1),
            ["contains"] = (text, part) => new Measured(Scaled(text.Size, TextFactor) * Scaled(part.Size, TextFactor), 1),
            ["check"] = (_, _) => new Measured(AuthorizerCost, 1),
        };
        Add(["_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_"], (first, second) => new Measured(Scaled(Math.Min(first.Size, second.Size), TextFactor), 1));
        Add(["startsWith", "endsWith"], (_, part) => new Measured(Scaled(part.Size, TextFactor), 1));
        Add(["matches", "find", "findAll"], (text, pattern) => new Measured(Scaled(text.Size + 1, TextFactor) * Scaled(pattern.Size, PatternFactor), text.Size));
        Add(
            ["lowerAscii", "upperAscii", "trim", "substring", "replace", "split", "join", "url", "bytes", "quantity", "ip", "cidr", "reverse"],
            (text, _) => new Measured(Scaled(text.Size, TextFactor), text.Size));
        Add(
            ["isSorted", "sum", "max", "min", "indexOf", "lastIndexOf"],
            (list, _) => new Measured(list.Extent?.Element is { } item ? list.Size * (1 + Scaled(item.Most, TextFactor)) : Scaled(list.Size, TextFactor), 1));
        return costs;

        void Add(string[] names, Func<Measured, Measured, Measured> cost)
        {
            foreach (string name in names)
            {
                costs[name] = cost;
            }
        }
    }

    /// <summary>Whether a function gives a number, a truth value or a time, whatever it is called with.</summary>
    private static bool IsNumber(CelCall call) => CelFunctions.Find(call.Function, call.Target is not null) is { Count: > 0 } overloads
        && overloads.All(overload => overload.Result.Kind is CelKind.Bool or CelKind.Int or CelKind.UInt or CelKind.Double or CelKind.Timestamp or CelKind.Duration);

    private static bool IsScalar(Measured measured) => measured.Size <= 1 && measured.Extent?.Element is null;

    private Measured OfComprehension(CelComprehension node)
    {
        Measured range = Visit(node.Range);
        bool isMap = range.Extent is { Element: not null, IsMap: true };
        Measured element = new(1, range.Extent?.Element?.Most ?? double.PositiveInfinity, range.Extent?.Element);
        Measured key = new(1, isMap ? 0 : 1);
        Measured variable = node.Second is not null || isMap ? key : element;
        (double condition, Measured step) = With(node.Variable, variable, () => node.Second is null ? Body() : With(node.Second, element, Body));

        // What the macro comes down to: a result that is looked at and changed with each element.
        (double start, double loop) = node.Macro switch
        {
            CelMacro.All => (1, 3 + step.Cost),
            CelMacro.Exists => (1, 4 + step.Cost),
            CelMacro.ExistsOne => (2, 2 + step.Cost),
            CelMacro.Filter => (ListCost + 1, step.Cost + 13),
            CelMacro.TransformMap => (MapCost + 1, condition + step.Cost + 3 + MapCost),
            _ => (ListCost + 1, condition + step.Cost + 12),
        };
        double times = range.Size;
        CelExtent? made = node.Macro switch
        {
            CelMacro.Filter when !isMap => range.Extent,
            CelMacro.Map or CelMacro.TransformList when step.Extent is { } below => new CelExtent(times, 0) { Element = below },
            _ => null,
        };
        bool isTruth = node.Macro is CelMacro.All or CelMacro.Exists or CelMacro.ExistsOne;
        return new Measured(range.Cost + start + (times == 0 ? 0 : times * loop), isTruth ? 1 : times, made);

        (double Condition, Measured Step) Body() => (node.Condition is null ? 0 : Visit(node.Condition).Cost, Visit(node.Step));
    }

    private T With<T>(string name, Measured value, Func<T> visit)
    {
        bool had = _variables.TryGetValue(name, out Measured before);
        _variables[name] = value;
        T result = visit();
        if (had)
        {
            _variables[name] = before;
        }
        else
        {
            _variables.Remove(name);
        }

        return result;
    }

    private static double Scaled(double size, double factor) => Math.Ceiling(size * factor);

    /// <summary>What a part of an expression costs, and how large its value can get; infinite when nothing is known.</summary>
    private readonly record struct Measured(double Cost, double Size, CelExtent? Extent = null);
}
