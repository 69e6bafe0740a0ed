namespace Sympozium.LocalCluster.Cel;

/// <summary>What a piece of an expression is.</summary>
internal enum CelTokenKind
{
    End,
    Identifier,
    Int,
    UInt,
    Double,
    String,
    Bytes,
    Symbol,
}

/// <summary>One piece of an expression.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Position">Offset in the text.</param>
/// <param name="Text">As written; for symbols the symbol.</param>
/// <param name="Value">What a literal means.</param>
internal readonly record struct CelToken(CelTokenKind Kind, int Position, string Text, object? Value = null);
