namespace Sympozium.LocalCluster.Cel;

/// <summary>Evaluates a checked expression.</summary>
internal sealed class CelEvaluator(CelBudget budget, IReadOnlyDictionary<string, object> variables)
{
    // Characters and items that cost as much as visiting a node.
    private const int UnitsPerCost = 10;

    private readonly Dictionary<string, object> _variables = new(variables, StringComparer.Ordinal);

    /// <exception cref="CelException">There is no result.</exception>
    public object Visit(CelNode node)
    {
        budget.Spend(1);
        return node switch
        {
            CelLiteral literal => literal.Value,
            CelIdentifier identifier => Variable(identifier.Name),
            CelSelect select => Select(select),
            CelCall call => Call(call),
            CelListNode list => new CelList(Items(list)),
            CelMapNode map => new CelMap(Entries(map)),
            CelConditional conditional => Condition(Visit(conditional.Condition)) ? Visit(conditional.Yes) : Visit(conditional.No),
            CelComprehension comprehension => Comprehend(comprehension),
            CelBind bind => With(bind.Variable, Visit(bind.Value), () => Visit(bind.Body)),
            CelOptionalMap optional => OptionalMap(optional),
            _ => throw new InvalidOperationException($"{node.GetType().Name} is not evaluated"),
        };
    }

    private static bool Condition(object value) => value is bool flag ? flag : throw new CelException("no such overload");

    private object Variable(string name) => _variables.TryGetValue(name, out object? value) ? value : new CelTypeValue(name);

    private object Select(CelSelect select)
    {
        if (!select.IsTest && Qualified(select) is { } named)
        {
            return named;
        }

        object operand = Visit(select.Operand);
        bool wraps = select.IsOptional;
        if (operand is CelOptional optional)
        {
            if (optional.Value is null)
            {
                return select.IsTest ? false : CelOptional.None;
            }

            operand = optional.Value;
            wraps = true;
        }

        if (operand is not CelMap map)
        {
            throw new CelException("no such overload");
        }

        object? value = map.Find(select.Field);
        if (select.IsTest)
        {
            return value is not null;
        }

        return wraps ? (value is null ? CelOptional.None : new CelOptional(value)) : value ?? throw new CelException($"no such key: {select.Field}");
    }

    /// <summary>A variable or type whose name has dots in it.</summary>
    private object? Qualified(CelSelect select)
    {
        if (select.Operand is CelIdentifier { Name: var head } && _variables.TryGetValue($"{head}.{select.Field}", out object? value))
        {
            return value;
        }

        return select.Operand is CelSelect { Operand: CelIdentifier { Name: "google" }, Field: "protobuf" } && !_variables.ContainsKey("google") && select.Field is "Timestamp" or "Duration"
            ? new CelTypeValue($"google.protobuf.{select.Field}")
            : null;
    }

    private object Call(CelCall call)
    {
        switch (call.Function)
        {
            case "_&&_":
                return Logic(call, absorbing: false);
            case "_||_":
                return Logic(call, absorbing: true);
        }

        string name = call.Function;
        bool isMember = call.Target is not null;
        IEnumerable<CelNode> operands = call.Operands;
        if (call.Target is CelIdentifier { Name: var head } && !_variables.ContainsKey(head) && CelFunctions.Find($"{head}.{name}", isMember: false).Count > 0)
        {
            name = $"{head}.{name}";
            isMember = false;
            operands = call.Arguments;
        }

        object[] arguments = [.. operands.Select(Visit)];
        budget.Spend(arguments.Sum(Size) / UnitsPerCost);
        foreach (CelFunction function in CelFunctions.Find(name, isMember))
        {
            if (function.Fits(arguments))
            {
                object result = function.Invoke(arguments);
                budget.Spend(Size(result) / UnitsPerCost);
                return result;
            }
        }

        throw new CelException("no such overload");
    }

    private static long Size(object value) => value switch
    {
        string text => text.Length,
        byte[] bytes => bytes.Length,
        CelList list => list.Count,
        CelMap map => map.Count,
        _ => 0,
    };

    /// <summary>One side decides when it can, whatever happens on the other.</summary>
    private bool Logic(CelCall call, bool absorbing)
    {
        CelException? failure = null;
        foreach (CelNode operand in call.Arguments)
        {
            try
            {
                if (Condition(Visit(operand)) == absorbing)
                {
                    return absorbing;
                }
            }
            catch (CelException exception) when (!exception.IsOverBudget)
            {
                failure ??= exception;
            }
        }

        return failure is null ? !absorbing : throw failure;
    }

    private IEnumerable<object> Items(CelListNode list)
    {
        foreach ((CelNode node, bool isOptional) in list.Items)
        {
            object value = Visit(node);
            if (!isOptional)
            {
                yield return value;
            }
            else if (Optional(value).Value is { } present)
            {
                yield return present;
            }
        }
    }

    private IEnumerable<(object Key, object Value)> Entries(CelMapNode map)
    {
        foreach ((CelNode key, CelNode node, bool isOptional) in map.Entries)
        {
            object name = Visit(key);
            object value = Visit(node);
            if (!isOptional)
            {
                yield return (name, value);
            }
            else if (Optional(value).Value is { } present)
            {
                yield return (name, present);
            }
        }
    }

    private static CelOptional Optional(object value) => value as CelOptional ?? throw new CelException("no such overload");

    private object OptionalMap(CelOptionalMap node)
    {
        if (Optional(Visit(node.Operand)).Value is not { } value)
        {
            return CelOptional.None;
        }

        object result = With(node.Variable, value, () => Visit(node.Body));
        return node.IsFlat ? result : new CelOptional(result);
    }

    private object Comprehend(CelComprehension node)
    {
        IEnumerable<(object First, object Second)> range = Visit(node.Range) switch
        {
            CelList list => node.Second is null ? list.Select(item => (item, item)) : list.Select((item, index) => ((object)(long)index, item)),
            CelMap map => map.Keys.Select(key => (key, map.Find(key)!)),
            _ => throw new CelException("no such overload"),
        };
        return node.Macro switch
        {
            CelMacro.All => Quantify(node, range, decisive: false),
            CelMacro.Exists => Quantify(node, range, decisive: true),
            CelMacro.ExistsOne => range.Count(item => Condition(Each(node, item, node.Step))) == 1,
            CelMacro.Filter => new CelList(range.Where(item => Condition(Each(node, item, node.Step))).Select(item => item.First)),
            CelMacro.TransformMap => new CelMap(Chosen(node, range).Select(item => (item.First, Each(node, item, node.Step)))),
            _ => new CelList(Chosen(node, range).Select(item => Each(node, item, node.Step))),
        };
    }

    private IEnumerable<(object First, object Second)> Chosen(CelComprehension node, IEnumerable<(object First, object Second)> range) =>
        node.Condition is null ? range : range.Where(item => Condition(Each(node, item, node.Condition)));

    private bool Quantify(CelComprehension node, IEnumerable<(object First, object Second)> range, bool decisive)
    {
        CelException? failure = null;
        foreach ((object First, object Second) item in range)
        {
            try
            {
                if (Condition(Each(node, item, node.Step)) == decisive)
                {
                    return decisive;
                }
            }
            catch (CelException exception) when (!exception.IsOverBudget)
            {
                failure ??= exception;
            }
        }

        return failure is null ? !decisive : throw failure;
    }

    private object Each(CelComprehension node, (object First, object Second) item, CelNode body) => node.Second is null
        ? With(node.Variable, item.First, () => Visit(body))
        : With(node.Variable, item.First, () => With(node.Second, item.Second, () => Visit(body)));

    private object With(string name, object value, Func<object> visit)
    {
        bool had = _variables.TryGetValue(name, out object? before);
        _variables[name] = value;
        try
        {
            return visit();
        }
        finally
        {
            if (had)
            {
                _variables[name] = before!;
            }
            else
            {
                _variables.Remove(name);
            }
        }
    }
}
