namespace Sympozium.LocalCluster.Cel;

/// <summary>Finds the type of an expression and everything that cannot be right about it.</summary>
internal sealed class CelChecker
{
    private static readonly HashSet<string> TypeNames =
    [
        "bool", "int", "uint", "double", "string", "bytes", "list", "map", "null_type", "type", "google.protobuf.Timestamp", "google.protobuf.Duration",
    ];

    private readonly List<CelIssue> _issues = [];
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);
    private readonly Dictionary<string, CelType> _variables;

    private CelChecker(IReadOnlyDictionary<string, CelType> variables) => _variables = new Dictionary<string, CelType>(variables, StringComparer.Ordinal);

    /// <returns>The type, and what is wrong; the type means nothing when something is.</returns>
    public static CelChecked Check(CelNode node, IReadOnlyDictionary<string, CelType> variables)
    {
        CelChecker checker = new(variables);
        CelType type = checker.Visit(node);
        return new CelChecked(type, checker._issues, checker._used);
    }

    private CelType Visit(CelNode node) => node switch
    {
        CelLiteral literal => OfLiteral(literal.Value),
        CelIdentifier identifier => OfIdentifier(identifier),
        CelSelect select => OfSelect(select),
        CelCall call => OfCall(call),
        CelListNode list => CelType.List(Join(list.Items.Select(item => item.IsOptional ? Unwrapped(item.Item) : Visit(item.Item)))),
        CelMapNode map => OfMap(map),
        CelConditional conditional => OfConditional(conditional),
        CelComprehension comprehension => OfComprehension(comprehension),
        CelBind bind => With(bind.Variable, Visit(bind.Value), () => Visit(bind.Body)),
        CelOptionalMap optional => OfOptionalMap(optional),
        _ => throw new InvalidOperationException($"{node.GetType().Name} is not checked"),
    };

    private CelType Report(int position, string message)
    {
        _issues.Add(new CelIssue(position, message));
        return CelType.Dyn;
    }

    private static CelType OfLiteral(object value) => value switch
    {
        bool => CelType.Bool,
        long => CelType.Int,
        ulong => CelType.UInt,
        double => CelType.Double,
        string => CelType.String,
        byte[] => CelType.Bytes,
        _ => CelType.Null,
    };

    private CelType OfIdentifier(CelIdentifier identifier)
    {
        if (_variables.TryGetValue(identifier.Name, out CelType? type))
        {
            _used.Add(identifier.Name);
            return type;
        }

        return TypeNames.Contains(identifier.Name) ? CelType.Type : Report(identifier.Position, $"undeclared reference to '{identifier.Name}' (in container '')");
    }

    private CelType OfSelect(CelSelect select)
    {
        if (!select.IsTest && QualifiedName(select) is { } name)
        {
            if (_variables.TryGetValue(name, out CelType? variable))
            {
                _used.Add(name);
                return variable;
            }

            if (TypeNames.Contains(name))
            {
                return CelType.Type;
            }
        }

        CelType operand = Visit(select.Operand);
        bool wraps = select.IsOptional;
        if (operand.Kind == CelKind.Optional)
        {
            operand = operand.Arguments[0];
            wraps = true;
        }

        CelType field = FieldOf(operand, select);
        return select.IsTest ? CelType.Bool : wraps ? CelType.Optional(field) : field;
    }

    private CelType FieldOf(CelType operand, CelSelect select)
    {
        switch (operand.Kind)
        {
            case CelKind.Dyn:
                return CelType.Dyn;
            case CelKind.Map:
                return operand.Arguments[1];
            case CelKind.Object:
                return operand.Fields.TryGetValue(select.Field, out CelField? field) ? field.Type : Report(select.Position, $"undefined field '{select.Field}'");
            default:
                return Report(select.Position, $"type '{operand}' does not support field selection");
        }
    }

    private static string? QualifiedName(CelNode node) => node switch
    {
        CelIdentifier identifier => identifier.Name,
        CelSelect { IsTest: false } select when QualifiedName(select.Operand) is { } head => $"{head}.{select.Field}",
        _ => null,
    };

    private CelType OfCall(CelCall call)
    {
        // Functions such as sets.contains have a dot in their name.
        if (call.Target is CelIdentifier { Name: var head } && !_variables.ContainsKey(head) && CelFunctions.Find($"{head}.{call.Function}", isMember: false) is { Count: > 0 } named)
        {
            return Resolve(call, $"{head}.{call.Function}", named, [.. call.Arguments.Select(Visit)]);
        }

        List<CelType> arguments = [.. call.Operands.Select(Visit)];
        IReadOnlyList<CelFunction> overloads = CelFunctions.Find(call.Function, call.Target is not null);
        return overloads.Count == 0 && !CelFunctions.Exists(call.Function)
            ? Report(call.Position, $"undeclared reference to '{call.Function}' (in container '')")
            : Resolve(call, call.Function, overloads, arguments);
    }

    private CelType Resolve(CelCall call, string name, IReadOnlyList<CelFunction> overloads, List<CelType> arguments)
    {
        CelType? result = null;
        foreach (CelFunction overload in overloads)
        {
            CelBindings bindings = new();
            if (overload.Parameters.Count == arguments.Count && overload.Parameters.Zip(arguments).All(pair => bindings.Accepts(pair.First, pair.Second)))
            {
                CelType applied = bindings.Apply(overload.Result);
                // Arguments of type dyn may fit several overloads: the result is known only if they agree.
                result = result is null || result.Equals(applied) ? applied : CelType.Dyn;
            }
        }

        if (result is not null)
        {
            return result;
        }

        string shown = call.Target is not null && call.Operands.Count() == arguments.Count
            ? $"{arguments[0]}.({string.Join(", ", arguments.Skip(1))})"
            : $"({string.Join(", ", arguments)})";
        return Report(call.Position, $"found no matching overload for '{name}' applied to '{shown}'");
    }

    private CelType Unwrapped(CelNode node)
    {
        CelType type = Visit(node);
        if (type.Kind is CelKind.Optional)
        {
            return type.Arguments[0];
        }

        return type.Kind == CelKind.Dyn ? type : Report(node.Position, $"expected type 'optional_type(dyn)' but found '{type}'");
    }

    private CelType OfMap(CelMapNode map)
    {
        CelType key = Join(map.Entries.Select(entry => Visit(entry.Key)));
        CelType value = Join(map.Entries.Select(entry => entry.IsOptional ? Unwrapped(entry.Value) : Visit(entry.Value)));
        return CelType.Map(key, value);
    }

    // Kubernetes wants literals of one type; several become dyn there as well.
    private static CelType Join(IEnumerable<CelType> types)
    {
        CelType? joined = null;
        foreach (CelType type in types.ToList())
        {
            joined = joined is null || joined.Equals(type) ? type : CelType.Dyn;
        }

        return joined ?? CelType.Dyn;
    }

    private CelType OfConditional(CelConditional conditional)
    {
        CelType condition = Visit(conditional.Condition);
        CelType yes = Visit(conditional.Yes);
        CelType no = Visit(conditional.No);
        CelBindings bindings = new();
        CelType parameter = CelType.Parameter("A");
        bool fits = bindings.Accepts(CelType.Bool, condition) && bindings.Accepts(parameter, yes) && bindings.Accepts(parameter, no);
        return fits
            ? yes.Kind == CelKind.Dyn || no.Kind == CelKind.Dyn ? CelType.Dyn : bindings.Apply(parameter)
            : Report(conditional.Position, $"found no matching overload for '_?_:_' applied to '({condition}, {yes}, {no})'");
    }

    private CelType OfComprehension(CelComprehension node)
    {
        CelType range = Visit(node.Range);
        (CelType key, CelType value) = range.Kind switch
        {
            CelKind.List => (CelType.Int, range.Arguments[0]),
            CelKind.Map => (range.Arguments[0], range.Arguments[1]),
            CelKind.Dyn => (CelType.Dyn, CelType.Dyn),
            CelKind.Object => (CelType.String, CelType.Dyn),
            _ => (CelType.Dyn, Report(node.Range.Position, $"expression of type '{range}' cannot be range of a comprehension (must be list, map, or dynamic)")),
        };
        CelType first = node.Second is null && range.Kind == CelKind.List ? value : key;
        return With(node.Variable, first, () => node.Second is null ? Body() : With(node.Second, value, Body));

        CelType Body()
        {
            if (node.Condition is not null)
            {
                RequireBool(node.Condition);
            }

            switch (node.Macro)
            {
                case CelMacro.All or CelMacro.Exists or CelMacro.ExistsOne:
                    RequireBool(node.Step);
                    return CelType.Bool;
                case CelMacro.Filter:
                    RequireBool(node.Step);
                    return range.Kind == CelKind.List ? CelType.List(value) : CelType.List(first);
                case CelMacro.TransformMap:
                    return CelType.Map(key, Visit(node.Step));
                default:
                    return CelType.List(Visit(node.Step));
            }
        }
    }

    private void RequireBool(CelNode node)
    {
        CelType type = Visit(node);
        if (type.Kind is not (CelKind.Bool or CelKind.Dyn))
        {
            Report(node.Position, $"expected type 'bool' but found '{type}'");
        }
    }

    private CelType OfOptionalMap(CelOptionalMap node)
    {
        CelType operand = Visit(node.Operand);
        if (operand.Kind is not (CelKind.Optional or CelKind.Dyn))
        {
            return Report(node.Position, $"expected type 'optional_type(dyn)' but found '{operand}'");
        }

        CelType value = operand.Kind == CelKind.Optional ? operand.Arguments[0] : CelType.Dyn;
        CelType body = With(node.Variable, value, () => Visit(node.Body));
        return node.IsFlat ? body : CelType.Optional(body);
    }

    private CelType With(string name, CelType type, Func<CelType> visit)
    {
        bool had = _variables.TryGetValue(name, out CelType? before);
        _variables[name] = type;
        CelType result = visit();
        if (had)
        {
            _variables[name] = before!;
        }
        else
        {
            _variables.Remove(name);
        }

        return result;
    }
}

/// <summary>What the checker found.</summary>
/// <param name="Type">Type of the result.</param>
/// <param name="Issues">What is wrong.</param>
/// <param name="Variables">Which variables are used.</param>
internal sealed record CelChecked(CelType Type, IReadOnlyList<CelIssue> Issues, IReadOnlySet<string> Variables);
