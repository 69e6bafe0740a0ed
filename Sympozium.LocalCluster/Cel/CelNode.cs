namespace Sympozium.LocalCluster.Cel;

/// <summary>A node of a parsed expression.</summary>
/// <param name="Position">Where in the text it is, for messages.</param>
internal abstract record CelNode(int Position);

/// <summary>A value that is written down.</summary>
internal sealed record CelLiteral(int Position, object Value) : CelNode(Position);

/// <summary>A variable or a type's name.</summary>
internal sealed record CelIdentifier(int Position, string Name) : CelNode(Position);

/// <summary>A field of an object or a key of a map.</summary>
/// <param name="Position">Where the dot is.</param>
/// <param name="Operand">The object.</param>
/// <param name="Field">The field.</param>
/// <param name="IsTest"><c>has(a.b)</c>: whether it is there.</param>
/// <param name="IsOptional"><c>a.?b</c>: an optional, empty when it is not there.</param>
internal sealed record CelSelect(int Position, CelNode Operand, string Field, bool IsTest = false, bool IsOptional = false) : CelNode(Position);

/// <summary>A function or operator.</summary>
internal sealed record CelCall(int Position, string Function, CelNode? Target, IReadOnlyList<CelNode> Arguments) : CelNode(Position)
{
    /// <summary>The target, if any, and the arguments.</summary>
    public IEnumerable<CelNode> Operands => Target is null ? Arguments : Arguments.Prepend(Target);
}

/// <summary>A list; optional elements (<c>[?a]</c>) are left out when they are empty.</summary>
internal sealed record CelListNode(int Position, IReadOnlyList<(CelNode Item, bool IsOptional)> Items) : CelNode(Position);

/// <summary>A map; optional entries (<c>{?k: v}</c>) are left out when they are empty.</summary>
internal sealed record CelMapNode(int Position, IReadOnlyList<(CelNode Key, CelNode Value, bool IsOptional)> Entries) : CelNode(Position);

/// <summary><c>c ? a : b</c>.</summary>
internal sealed record CelConditional(int Position, CelNode Condition, CelNode Yes, CelNode No) : CelNode(Position);

/// <summary>What a macro does with each element.</summary>
internal enum CelMacro
{
    All,
    Exists,
    ExistsOne,
    Map,
    Filter,
    TransformList,
    TransformMap,
}

/// <summary>A macro over a list or a map.</summary>
/// <param name="Position">Where the macro's name is.</param>
/// <param name="Macro">Which one.</param>
/// <param name="Range">The list or map.</param>
/// <param name="Variable">Name of the element or key; with two variables of the index or key.</param>
/// <param name="Second">Name of the element or value; null for the form with one variable.</param>
/// <param name="Condition">Which elements; null for all.</param>
/// <param name="Step">What is tested or made.</param>
internal sealed record CelComprehension(
    int Position, CelMacro Macro, CelNode Range, string Variable, string? Second, CelNode? Condition, CelNode Step) : CelNode(Position);

/// <summary><c>cel.bind(v, init, body)</c>, and what <c>optMap</c> comes down to.</summary>
internal sealed record CelBind(int Position, string Variable, CelNode Value, CelNode Body) : CelNode(Position);

/// <summary><c>o.optMap(v, e)</c> and <c>o.optFlatMap(v, e)</c>.</summary>
internal sealed record CelOptionalMap(int Position, CelNode Operand, string Variable, CelNode Body, bool IsFlat) : CelNode(Position);
