using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Objects;

namespace Sympozium.LocalCluster.Tests.Objects;

/// <summary>Label selectors that cannot be read, and those that look odd but can; as <c>k8s.io/apimachinery</c> reads them.</summary>
public sealed class SelectorTests
{
    [Theory]
    [InlineData("a===b", "unable to parse requirement: found '=', expected: identifier")]
    [InlineData("!!a", "unable to parse requirement: found '!', expected: identifier")]
    [InlineData("a in b", "unable to parse requirement: found 'b' expected: '('")]
    [InlineData("a in (b", "unable to parse requirement: found '', expected: ',' or ')'")]
    [InlineData("a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt")]
    [InlineData("a,", "found '', expected: identifier after ','")]
    [InlineData(",a", "found ',', expected: !, identifier, or 'end of string'")]
    [InlineData("a>x", "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer")]
    [InlineData(
        "-a",
        "unable to parse requirement: <nil>: Invalid value: \"-a\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')")]
    [InlineData(
        "a=-b",
        "unable to parse requirement: values[a]: Invalid value: \"-b\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')")]
    public void Parse_OfWhatIsNoSelector_SaysWhere(string text, string message) =>
        Assert.Equal(message, Assert.Throws<KubernetesException>(() => LabelSelector.Parse(text)).Message);

    [Theory]
    [InlineData("a in ()", "", true)]
    [InlineData("a in (,x)", "", true)]
    [InlineData("a in (x,)", "", true)]
    [InlineData("a in (x,y)", "y", true)]
    [InlineData("a notin (x,y)", "y", false)]
    [InlineData("a", "z", true)]
    [InlineData("!a", "z", false)]
    [InlineData("a=", "", true)]
    [InlineData("in=z,a=z", "z", false)]
    [InlineData("a>4", "5", true)]
    public void Matches_OfOneLabel_FollowsTheRequirement(string text, string value, bool matches) =>
        Assert.Equal(matches, LabelSelector.Parse(text).Matches(new Dictionary<string, string> { ["a"] = value }));
}
