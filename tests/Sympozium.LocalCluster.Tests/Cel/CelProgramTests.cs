using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Cel;
using Sympozium.LocalCluster.Kinds;

namespace Sympozium.LocalCluster.Tests.Cel;

public sealed class CelProgramTests
{
    private const string SelfSchema = """
        {"type":"object","required":["name"],"properties":{
          "name":{"type":"string"},"count":{"type":"integer"},"ratio":{"type":"number"},"on":{"type":"boolean"},
          "names":{"type":"array","items":{"type":"string"}},"labels":{"type":"object","additionalProperties":{"type":"string"}},
          "tags":{"type":"array","x-kubernetes-list-type":"set","items":{"type":"string"}},
          "parts":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["id"],"items":{"type":"object","properties":{"id":{"type":"string"},"size":{"type":"integer"}}}},
          "when":{"type":"string","format":"date-time"},"wait":{"type":"string","format":"duration"},"data":{"type":"string","format":"byte"},
          "port":{"x-kubernetes-int-or-string":true},"my-field":{"type":"string"},"in":{"type":"integer"}}}
        """;

    private const string Self = """
        {"name":"ab","count":3,"ratio":1.5,"on":true,"names":["x","xy","z"],"labels":{"a":"1","b":"2"},"tags":["b","a"],
         "parts":[{"id":"p","size":1},{"id":"q","size":2}],"when":"2026-01-02T03:04:05Z","wait":"90s","data":"YWI=","port":"http","my-field":"m","in":7}
        """;

    [Theory]
    [InlineData("1 + 2 * 3 == 7")]
    [InlineData("(1 + 2) * 3 == 9 && -2 < -1")]
    [InlineData("7 / 2 == 3 && 7 % 2 == 1 && -7 % 3 == -1")]
    [InlineData("0x1F == 31 && 5u == uint(5) && 1.5e3 == 1500.0 && .5 == 0.5")]
    [InlineData("1 < 2.5 && 3u > 2 && 1.0 <= 1")]
    [InlineData("'a' + \"b\" == 'ab' && '''a'b''' == \"a'b\" && r'\\n' == '\\\\n' && '\\u00e9' == 'é' && '\\x41\\101' == 'AA'")]
    [InlineData("b'ab' == b'\\x61\\x62' && size(b'é') == 2")]
    [InlineData("size('aé😀') == 3 && 'aé😀'.size() == 3 && size([1, 2]) == 2 && size({'a': 1}) == 1")]
    [InlineData("true || 1 / 0 == 1")]
    [InlineData("1 / 0 == 1 || true")]
    [InlineData("!(1 / 0 == 1 && false)")]
    [InlineData("self.count > 2 ? self.name == 'ab' : false")]
    [InlineData("has(self.name) && !has(self.labels.missing)")]
    [InlineData("'x' in self.names && !('q' in self.names) && 'a' in self.labels")]
    [InlineData("self.names.all(n, size(n) > 0) && self.names.exists(n, n == 'xy') && self.names.exists_one(n, n == 'z')")]
    [InlineData("self.names.map(n, n + '!') == ['x!', 'xy!', 'z!'] && self.names.filter(n, n.startsWith('x')) == ['x', 'xy']")]
    [InlineData("self.names.map(n, n != 'z', size(n)) == [1, 2]")]
    [InlineData("self.labels.all(k, self.labels[k] != '') && self.labels.exists(k, k == 'b')")]
    [InlineData("self.names.all(i, n, i < 3 && n != '') && self.names.transformList(i, n, i) == [0, 1, 2]")]
    [InlineData("self.labels.transformMap(k, v, v + k) == {'a': '1a', 'b': '2b'}")]
    [InlineData("self.tags == ['a', 'b'] && self.tags + ['a', 'c'] == ['c', 'b', 'a']")]
    [InlineData("self.parts.all(p, p.size > 0) && self.parts[1].id == 'q' && self.parts == self.parts")]
    [InlineData("self.when > timestamp('2026-01-01T00:00:00Z') && self.when.getFullYear() == 2026 && self.when.getMonth() == 0 && self.when.getHours('+02:00') == 5")]
    [InlineData("self.wait == duration('1m30s') && self.wait < duration('2m') && duration('1h').getMinutes() == 60 && string(duration('90s')) == '90s'")]
    [InlineData("self.when - timestamp('2026-01-02T03:04:00Z') == duration('5s') && self.when + duration('1s') > self.when")]
    [InlineData("self.data == b'ab' && type(self.count) == int && type(self.when) == google.protobuf.Timestamp")]
    [InlineData("type(self.port) == string ? self.port == 'http' : self.port > 0")]
    [InlineData("self.my__dash__field == 'm' && self.__in__ == 7")]
    [InlineData("'abc'.contains('b') && 'abc'.endsWith('c') && 'abc'.matches('^[a-c]+$') && matches('abc', 'b')")]
    [InlineData("'a,b,c'.split(',') == ['a', 'b', 'c'] && 'a,b,c'.split(',', 2) == ['a', 'b,c'] && ['a', 'b'].join('-') == 'a-b'")]
    [InlineData("'hello'.substring(1, 3) == 'el' && 'hello'.charAt(4) == 'o' && 'hello'.indexOf('l') == 2 && 'hello'.lastIndexOf('l') == 3")]
    [InlineData("'aXbX'.replace('X', '-') == 'a-b-' && 'aXbX'.replace('X', '-', 1) == 'a-bX' && ' a '.trim() == 'a' && 'Ab'.lowerAscii() + 'Ab'.upperAscii() == 'abAB'")]
    [InlineData("'%s has %d of %.1f'.format(['a', 3, 1.25]) == 'a has 3 of 1.2' || '%.1f'.format([1.25]) == '1.3'")]
    [InlineData("[3, 1, 2].sum() == 6 && [3, 1, 2].max() == 3 && [1, 2].isSorted() && [1.5, 2.5].sum() == 4.0 && [1, 2, 1].lastIndexOf(1) == 2")]
    [InlineData("sets.contains([1, 2, 3], [2]) && sets.equivalent([1, 2], [2, 1, 1]) && !sets.intersects([1], [2])")]
    [InlineData("'abc 123'.find('[0-9]+') == '123' && 'a1b2'.findAll('[0-9]') == ['1', '2'] && 'a1b2'.findAll('[0-9]', 1) == ['1']")]
    [InlineData("url('https://h:8080/p?q=1').getHost() == 'h:8080' && url('https://h/p').getHostname() == 'h' && isURL('https://x') && !isURL('x y') && url('https://h/p?q=1').getQuery() == {'q': ['1']}")]
    [InlineData("quantity('1Gi').isGreaterThan(quantity('500Mi')) && quantity('1500m').compareTo(quantity('1.5')) == 0 && isQuantity('2k') && !isQuantity('x') && quantity('2').add(3) == quantity('5')")]
    [InlineData("ip('10.0.0.1').family() == 4 && isIP('::1') && !isIP('300.1.1.1') && cidr('10.0.0.0/8').containsIP('10.1.2.3') && !cidr('10.0.0.0/8').containsIP(ip('11.0.0.1'))")]
    [InlineData("!format.dns1123Label().validate('ok').hasValue() && format.dns1123Label().validate('Not ok').hasValue()")]
    [InlineData("self.?name.orValue('x') == 'ab'")]
    [InlineData("self.labels[?'c'].orValue('none') == 'none' && self.labels[?'a'].value() == '1' && optional.of(1).hasValue() && !optional.none().hasValue()")]
    [InlineData("cel.bind(n, self.count, n * n) == 9")]
    [InlineData("self.labels[?'a'].optMap(v, v + '!').orValue('') == '1!'")]
    [InlineData("int('5') + int(2.9) == 7 && string(1.0) == '1' && double('1.5') == 1.5 && bool('true') && string(timestamp(0)) == '1970-01-01T00:00:00Z'")]
    [InlineData("{'a': 1, 'b': 2}.a == 1 && {1: 'x'}[1] == 'x' && [1, [2]][0] == 1 && {?'a': optional.none(), 'b': 1} == {'b': 1} && [?optional.of(1), 2] == [1, 2]")]
    [InlineData("dyn(1) == dyn(1.0) && dyn('a') != dyn(1) && null == null")]
    [InlineData("9223372036854775807 > 0 && -9223372036854775808 < 0 // a comment\n")]
    public void Evaluate_Rule_Holds(string rule) => Assert.Equal(true, Evaluate(rule));

    [Theory]
    [InlineData("1 / 0 == 1", "division by zero")]
    [InlineData("9223372036854775807 + 1 > 0", "integer overflow")]
    [InlineData("self.names[7] == ''", "index out of bounds: 7")]
    [InlineData("self.labels['zzz'] == ''", "no such key: zzz")]
    [InlineData("self.port > 0", "no such overload")]
    [InlineData("timestamp('soon') < self.when", "parsing time \"soon\" as \"2006-01-02T15:04:05Z07:00\": cannot parse it")]
    [InlineData("'x'.matches('(')", "error parsing regexp")]
    [InlineData("optional.none().value() == 1", "optional.none() dereference")]
    public void Evaluate_WithoutResult_SaysWhy(string rule, string expected)
    {
        CelException failure = Assert.Throws<CelException>(() => Evaluate(rule));

        Assert.StartsWith(expected, failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("self.foo == 1", "ERROR: <input>:1:5: undefined field 'foo'\n | self.foo == 1\n | ....^")]
    [InlineData("other == 1", "ERROR: <input>:1:1: undeclared reference to 'other' (in container '')\n | other == 1\n | ^")]
    [InlineData("self.count == 'a'", "ERROR: <input>:1:12: found no matching overload for '_==_' applied to '(int, string)'\n | self.count == 'a'\n | ...........^")]
    [InlineData("self.name.frob()", "ERROR: <input>:1:15: undeclared reference to 'frob' (in container '')\n | self.name.frob()\n | ..............^")]
    [InlineData("self.count.all(x, true)", "ERROR: <input>:1:5: expression of type 'int' cannot be range of a comprehension (must be list, map, or dynamic)\n | self.count.all(x, true)\n | ....^")]
    [InlineData("has(self)", "ERROR: <input>:1:4: invalid argument to has() macro\n | has(self)\n | ...^")]
    [InlineData("self.name ==", "ERROR: <input>:1:13: Syntax error: mismatched input '<EOF>' expecting")]
    [InlineData("self.name == 'a", "ERROR: <input>:1:14: Syntax error: token recognition error at: ''a'")]
    [InlineData("1 +\n  self.nope", "ERROR: <input>:2:7: undefined field 'nope'\n |   self.nope\n | ......^")]
    [InlineData("package.x == 1", "ERROR: <input>:1:1: reserved identifier: package")]
    public void Compile_WrongRule_SaysWhatAndWhere(string rule, string expected)
    {
        Assert.Null(CelProgram.Compile(rule, Variables(), out IReadOnlyList<CelIssue> issues));

        Assert.StartsWith(expected, CelIssue.Show(rule, issues), StringComparison.Ordinal);
    }

    [Fact]
    public void Evaluate_TooExpensive_Stops()
    {
        const string Rule = "lists.range(1000).all(a, lists.range(1000).all(b, lists.range(1000).all(c, a + b + c >= 0)))";

        CelException failure = Assert.Throws<CelException>(() => Evaluate(Rule));

        Assert.True(failure.IsOverBudget);
        Assert.Equal("operation cancelled: actual cost limit exceeded", failure.Message);
    }

    [Theory]
    [InlineData("(", 10_000)]
    [InlineData("[", 10_000)]
    [InlineData("!", 10_000)]
    [InlineData("-", 10_001)]
    [InlineData("{1:", 10_000)]
    [InlineData("a?b:", 10_000)]
    public void Compile_DeepNesting_IsRefusedNotFatal(string piece, int times) =>
        Assert.Null(CelProgram.Compile(string.Concat(Enumerable.Repeat(piece, times)), Variables(), out _));

    [Fact]
    public void Compile_Garbage_NeverThrows()
    {
        string[] pieces = ["self", ".", "name", "[", "]", "(", ")", "{", "}", "?", ":", ",", "\"", "'", "\\", "1", "1u", "0x", "1e", "&&", "||", "==", "in", "!", "-", "has", "all", "b'", "r\"", "\n", "\0", "é", "//"];
        Random random = new(17);
        for (int i = 0; i < 20_000; i++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(1, 12)).Select(_ => pieces[random.Next(pieces.Length)]));
            if (CelProgram.Compile(text, Variables(), out _) is { } program)
            {
                TryEvaluate(program);
            }
        }
    }

    private static void TryEvaluate(CelProgram program)
    {
        try
        {
            program.Evaluate(Values(), new CelBudget(CelBudget.PerObject));
        }
        catch (CelException)
        {
            // No result is a result; anything else would fail the test.
            return;
        }
    }

    private static object Evaluate(string rule)
    {
        CelProgram? program = CelProgram.Compile(rule, Variables(), out IReadOnlyList<CelIssue> issues);
        Assert.True(program is not null, CelIssue.Show(rule, issues));
        return program.Evaluate(Values(), new CelBudget(CelBudget.PerObject));
    }

    private static CelType SelfType() => CelSchemas.TypeOf(Schema.Parse(JsonNode.Parse(SelfSchema)!.AsObject()), "self")!;

    private static Dictionary<string, CelType> Variables() => new() { ["self"] = SelfType() };

    private static Dictionary<string, object> Values() => new() { ["self"] = CelValues.FromJson(JsonNode.Parse(Self), SelfType()) };
}
