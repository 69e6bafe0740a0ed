namespace Sympozium.LocalCluster.Cel;

/// <summary>Parses an expression by the grammar of the CEL specification; macros become nodes of their own.</summary>
internal sealed class CelParser
{
    /// <summary>Deeper nesting is refused, as Kubernetes refuses it.</summary>
    private const int MaxDepth = 250;

    /// <summary>Operators and members in a row, each of which is a level of the tree.</summary>
    private const int MaxChain = 500;

    /// <summary>Longer expressions are refused.</summary>
    private const int MaxLength = 100_000;

    private static readonly HashSet<string> Reserved =
    [
        "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package", "namespace", "return", "var", "void", "while",
    ];

    private readonly List<CelToken> _tokens;
    private int _at;
    private int _depth;

    private CelParser(List<CelToken> tokens) => _tokens = tokens;

    /// <exception cref="CelSyntaxException">Not an expression.</exception>
    public static CelNode Parse(string text)
    {
        if (text.Length > MaxLength)
        {
            throw new CelSyntaxException(0, $"expression code point size exceeds limit: size: {text.Length}, limit {MaxLength}");
        }

        CelParser parser = new(CelLexer.Read(text));
        CelNode node = parser.Expression();
        return parser.Current.Kind == CelTokenKind.End ? node : throw parser.Unexpected("<EOF>");
    }

    private CelToken Current => _tokens[_at];

    private bool Is(string symbol) => Current.Kind == CelTokenKind.Symbol && Current.Text == symbol;

    private bool Take(string symbol)
    {
        if (!Is(symbol))
        {
            return false;
        }

        _at++;
        return true;
    }

    private void Expect(string symbol)
    {
        if (!Take(symbol))
        {
            throw Unexpected($"'{symbol}'");
        }
    }

    private CelSyntaxException Unexpected(string expected) =>
        new(Current.Position, $"Syntax error: mismatched input '{Current.Text}' expecting {expected}");

    private CelNode Expression()
    {
        if (++_depth > MaxDepth)
        {
            throw new CelSyntaxException(Current.Position, $"expression recursion limit exceeded: {MaxDepth}");
        }

        CelNode node = Or();
        int position = Current.Position;
        if (Take("?"))
        {
            CelNode yes = Or();
            Expect(":");
            node = new CelConditional(position, node, yes, Expression());
        }

        _depth--;
        return node;
    }

    private CelNode Or() => Binary(And, "||");

    private CelNode And() => Binary(Relation, "&&");

    private CelNode Relation()
    {
        CelNode node = Addition();
        for (int links = 0; ; links++)
        {
            CheckChain(links);
            CelToken token = Current;
            bool isIn = token is { Kind: CelTokenKind.Identifier, Text: "in" };
            if (!isIn && !(token.Kind == CelTokenKind.Symbol && token.Text is "<" or "<=" or ">" or ">=" or "==" or "!="))
            {
                return node;
            }

            _at++;
            node = new CelCall(token.Position, isIn ? "@in" : $"_{token.Text}_", null, [node, Addition()]);
        }
    }

    private void CheckChain(int links)
    {
        if (links > MaxChain)
        {
            throw new CelSyntaxException(Current.Position, $"expression recursion limit exceeded: {MaxChain}");
        }
    }

    private CelNode Addition() => Binary(Multiplication, "+", "-");

    private CelNode Multiplication() => Binary(Unary, "*", "/", "%");

    private CelNode Binary(Func<CelNode> operand, params string[] symbols)
    {
        CelNode node = operand();
        for (int links = 0; Current.Kind == CelTokenKind.Symbol && symbols.Contains(Current.Text); links++)
        {
            CheckChain(links);
            CelToken token = Current;
            _at++;
            node = new CelCall(token.Position, $"_{token.Text}_", null, [node, operand()]);
        }

        return node;
    }

    private CelNode Unary()
    {
        CelToken token = Current;
        if (Is("!") || Is("-"))
        {
            int count = 0;
            while (Take(token.Text))
            {
                count++;
            }

            if (token.Text == "-" && Current is { Kind: CelTokenKind.Int or CelTokenKind.Double } number && count % 2 == 1)
            {
                _at++;
                return Members(Negative(number, token.Position));
            }

            CelNode operand = Nested(Unary);
            return count % 2 == 0 ? operand : new CelCall(token.Position, token.Text == "!" ? "!_" : "-_", null, [operand]);
        }

        return Members(Primary());
    }

    private CelNode Nested(Func<CelNode> parse)
    {
        if (++_depth > MaxDepth)
        {
            throw new CelSyntaxException(Current.Position, $"expression recursion limit exceeded: {MaxDepth}");
        }

        CelNode node = parse();
        _depth--;
        return node;
    }

    private static CelLiteral Negative(CelToken number, int position)
    {
        if (number.Value is double real)
        {
            return new CelLiteral(position, -real);
        }

        ulong magnitude = (ulong)number.Value!;
        return magnitude <= 1UL + long.MaxValue
            ? new CelLiteral(position, unchecked(-(long)magnitude))
            : throw new CelSyntaxException(position, "invalid int literal");
    }

    private CelNode Members(CelNode node)
    {
        for (int links = 0; ; links++)
        {
            CheckChain(links);
            CelToken token = Current;
            if (Take("."))
            {
                bool isOptional = Take("?");
                string name = Name();
                if (!isOptional && Is("("))
                {
                    int open = Current.Position;
                    _at++;
                    node = CelMacros.Member(open, node, name, Arguments(")"));
                }
                else
                {
                    node = new CelSelect(token.Position, node, name, IsOptional: isOptional);
                }
            }
            else if (Take("["))
            {
                bool isOptional = Take("?");
                CelNode index = Expression();
                Expect("]");
                node = new CelCall(token.Position, isOptional ? "_[?_]" : "_[_]", null, [node, index]);
            }
            else if (Is("{") && node is CelIdentifier or CelSelect)
            {
                throw new CelSyntaxException(token.Position, "message construction is not supported");
            }
            else
            {
                return node;
            }
        }
    }

    private string Name()
    {
        CelToken token = Current;
        if (token.Kind != CelTokenKind.Identifier)
        {
            throw Unexpected("IDENTIFIER");
        }

        _at++;
        return token.Text;
    }

    private CelNode Primary()
    {
        CelToken token = Current;
        switch (token.Kind)
        {
            case CelTokenKind.Identifier:
                return IdentifierOrCall();
            case CelTokenKind.Int:
                _at++;
                return (ulong)token.Value! <= long.MaxValue
                    ? new CelLiteral(token.Position, (long)(ulong)token.Value)
                    : throw new CelSyntaxException(token.Position, "invalid int literal");
            case CelTokenKind.UInt or CelTokenKind.Double or CelTokenKind.String or CelTokenKind.Bytes:
                _at++;
                return new CelLiteral(token.Position, token.Value!);
        }

        if (Take("("))
        {
            CelNode node = Expression();
            Expect(")");
            return node;
        }

        if (Take("["))
        {
            return List(token.Position);
        }

        if (Take("{"))
        {
            return Map(token.Position);
        }

        if (Take("."))
        {
            return IdentifierOrCall();
        }

        throw new CelSyntaxException(
            token.Position,
            $"Syntax error: mismatched input '{token.Text}' expecting {{'[', '{{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}}");
    }

    private CelNode IdentifierOrCall()
    {
        CelToken token = Current;
        string name = Name();
        switch (name)
        {
            case "true":
                return new CelLiteral(token.Position, true);
            case "false":
                return new CelLiteral(token.Position, false);
            case "null":
                return new CelLiteral(token.Position, CelNull.Value);
        }

        if (name == "in")
        {
            throw new CelSyntaxException(token.Position, "Syntax error: mismatched input 'in' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}");
        }

        if (Reserved.Contains(name))
        {
            throw new CelSyntaxException(token.Position, $"reserved identifier: {name}");
        }

        if (Is("("))
        {
            int open = Current.Position;
            _at++;
            return CelMacros.Global(open, name, Arguments(")"));
        }

        return new CelIdentifier(token.Position, name);
    }

    private List<CelNode> Arguments(string close)
    {
        List<CelNode> arguments = [];
        while (!Take(close))
        {
            arguments.Add(Expression());
            if (!Take(",") && !Is(close))
            {
                throw Unexpected($"'{close}'");
            }
        }

        return arguments;
    }

    private CelListNode List(int position)
    {
        List<(CelNode Item, bool IsOptional)> items = [];
        while (!Take("]"))
        {
            bool isOptional = Take("?");
            items.Add((Expression(), isOptional));
            if (!Take(",") && !Is("]"))
            {
                throw Unexpected("']'");
            }
        }

        return new CelListNode(position, items);
    }

    private CelMapNode Map(int position)
    {
        List<(CelNode Key, CelNode Value, bool IsOptional)> entries = [];
        while (!Take("}"))
        {
            bool isOptional = Take("?");
            CelNode key = Expression();
            Expect(":");
            entries.Add((key, Expression(), isOptional));
            if (!Take(",") && !Is("}"))
            {
                throw Unexpected("'}'");
            }
        }

        return new CelMapNode(position, entries);
    }
}
