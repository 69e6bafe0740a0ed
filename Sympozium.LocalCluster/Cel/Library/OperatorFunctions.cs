namespace Sympozium.LocalCluster.Cel.Library;

/// <summary>Operators: arithmetic that never wraps, comparison, membership, indices.</summary>
internal static class OperatorFunctions
{
    private static readonly string[] Ordered = ["bool", "int", "uint", "double", "string", "bytes", "timestamp", "duration"];

    private static readonly (string Left, string Right)[] Mixed =
        [("int", "uint"), ("int", "double"), ("uint", "int"), ("uint", "double"), ("double", "int"), ("double", "uint")];

    public static void Add(CelFunctions functions)
    {
        functions.Add("_==_(A, A): bool", a => CelValues.AreEqual(a[0], a[1]));
        functions.Add("_!=_(A, A): bool", a => !CelValues.AreEqual(a[0], a[1]));
        functions.Add("!_(bool): bool", a => !(bool)a[0]);
        Compare(functions, "_<_", order => order < 0);
        Compare(functions, "_<=_", order => order <= 0);
        Compare(functions, "_>_", order => order > 0);
        Compare(functions, "_>=_", order => order >= 0);
        Whole(functions);
        Unsigned(functions);
        Real(functions);
        functions.Add("_+_(string, string): string", a => (string)a[0] + (string)a[1]);
        functions.Add("_+_(bytes, bytes): bytes", a => (byte[])[.. (byte[])a[0], .. (byte[])a[1]]);
        functions.Add("_+_(list(A), list(A)): list(A)", a => ((CelList)a[0]).Concat((CelList)a[1]));
        functions.Add("_?_:_(bool, A, A): A", a => (bool)a[0] ? a[1] : a[2]);
        functions.Add("_&&_(bool, bool): bool", a => (bool)a[0] && (bool)a[1]);
        functions.Add("_||_(bool, bool): bool", a => (bool)a[0] || (bool)a[1]);
        Containers(functions);
    }

    private static void Compare(CelFunctions functions, string name, Func<int, bool> holds)
    {
        foreach (string type in Ordered)
        {
            functions.Add($"{name}({type}, {type}): bool", a => CelValues.Order(a[0], a[1]) is { } order && holds(order));
        }

        foreach ((string left, string right) in Mixed)
        {
            functions.Add($"{name}({left}, {right}): bool", a => CelValues.Order(a[0], a[1]) is { } order && holds(order));
        }
    }

    private static void Whole(CelFunctions functions)
    {
        functions.Add("_+_(int, int): int", a => checked((long)a[0] + (long)a[1]));
        functions.Add("_-_(int, int): int", a => checked((long)a[0] - (long)a[1]));
        functions.Add("_*_(int, int): int", a => checked((long)a[0] * (long)a[1]));
        functions.Add("_/_(int, int): int", a => (long)a[1] == 0 ? throw new CelException("division by zero") : checked((long)a[0] / (long)a[1]));
        functions.Add("_%_(int, int): int", a => (long)a[1] switch
        {
            0 => throw new CelException("modulus by zero"),
            -1 => 0L,
            var divisor => (long)a[0] % divisor,
        });
        functions.Add("-_(int): int", a => checked(-(long)a[0]));
    }

    private static void Unsigned(CelFunctions functions)
    {
        functions.Add("_+_(uint, uint): uint", a => checked((ulong)a[0] + (ulong)a[1]));
        functions.Add("_-_(uint, uint): uint", a => checked((ulong)a[0] - (ulong)a[1]));
        functions.Add("_*_(uint, uint): uint", a => checked((ulong)a[0] * (ulong)a[1]));
        functions.Add("_/_(uint, uint): uint", a => (ulong)a[1] == 0 ? throw new CelException("division by zero") : (ulong)a[0] / (ulong)a[1]);
        functions.Add("_%_(uint, uint): uint", a => (ulong)a[1] == 0 ? throw new CelException("modulus by zero") : (ulong)a[0] % (ulong)a[1]);
    }

    private static void Real(CelFunctions functions)
    {
        functions.Add("_+_(double, double): double", a => (double)a[0] + (double)a[1]);
        functions.Add("_-_(double, double): double", a => (double)a[0] - (double)a[1]);
        functions.Add("_*_(double, double): double", a => (double)a[0] * (double)a[1]);
        functions.Add("_/_(double, double): double", a => (double)a[0] / (double)a[1]);
        functions.Add("-_(double): double", a => -(double)a[0]);
    }

    private static void Containers(CelFunctions functions)
    {
        functions.Add("@in(A, list(A)): bool", a => ((CelList)a[1]).Any(item => CelValues.AreEqual(item, a[0])));
        functions.Add("@in(A, map(A, B)): bool", a => ((CelMap)a[1]).Find(a[0]) is not null);
        functions.Add("_[_](list(A), int): A", a => At((CelList)a[0], (long)a[1]) ?? throw new CelException($"index out of bounds: {a[1]}"));
        functions.Add("_[_](map(A, B), A): B", a => ((CelMap)a[0]).Find(a[1]) ?? throw new CelException($"no such key: {a[1]}"));
        functions.Add("_[?_](list(A), int): optional_type(A)", a => new CelOptional(At((CelList)a[0], (long)a[1])));
        functions.Add("_[?_](map(A, B), A): optional_type(B)", a => new CelOptional(((CelMap)a[0]).Find(a[1])));
        functions.Add("_[_](optional_type(list(A)), int): optional_type(A)", a => ((CelOptional)a[0]).Value is CelList list ? new CelOptional(At(list, (long)a[1])) : CelOptional.None);
        functions.Add("_[_](optional_type(map(A, B)), A): optional_type(B)", a => ((CelOptional)a[0]).Value is CelMap map ? new CelOptional(map.Find(a[1])) : CelOptional.None);
        functions.Add("size(string): int", a => (long)StringFunctions.Length((string)a[0]));
        functions.Add("string.size(): int", a => (long)StringFunctions.Length((string)a[0]));
        functions.Add("size(bytes): int", a => (long)((byte[])a[0]).Length);
        functions.Add("bytes.size(): int", a => (long)((byte[])a[0]).Length);
        functions.Add("size(list(A)): int", a => (long)((CelList)a[0]).Count);
        functions.Add("list(A).size(): int", a => (long)((CelList)a[0]).Count);
        functions.Add("size(map(A, B)): int", a => (long)((CelMap)a[0]).Count);
        functions.Add("map(A, B).size(): int", a => (long)((CelMap)a[0]).Count);
    }

    private static object? At(CelList list, long index) => index >= 0 && index < list.Count ? list[(int)index] : null;
}
