using System.Text.RegularExpressions;
using Sympozium.Grains.Runs;

namespace Sympozium.Grains.Tests.Runs;

public sealed partial class RunObjectNamesTests
{
    [Fact]
    public void Names_OfAShortRun_AreReadable() => Assert.Equal(
        ("hello", "hello-input", "hello-token", "hello-skill-k8s-ops", "hello"),
        (RunObjectNames.Job("hello"), RunObjectNames.Input("hello"), RunObjectNames.Token("hello"), RunObjectNames.MirroredSkill("hello", "k8s-ops"), RunObjectNames.LabelValue("hello")));

    [Fact]
    public void Names_OfAnyRun_AreValidAndOfItsOwn()
    {
        var random = new Random(5);
        HashSet<string> runs = [.. Enumerable.Range(1, 253).Select(length => new string('a', length)), .. Enumerable.Range(0, 2000).Select(_ => RandomName(random))];
        Assert.All(runs, run =>
        {
            AssertName(RunObjectNames.Job(run), 57);
            AssertName(RunObjectNames.Input(run), 253);
            AssertName(RunObjectNames.Token(run), 253);
            AssertName(RunObjectNames.MirroredSkill(run, new string('p', 200)), 253);
            Assert.Matches(Label(), RunObjectNames.LabelValue(run));
        });
        foreach (Func<string, string> name in new Func<string, string>[] { RunObjectNames.Job, RunObjectNames.Input, RunObjectNames.Token, RunObjectNames.LabelValue })
        {
            Assert.Equal(runs.Count, runs.Select(name).Distinct().Count());
        }
    }

    private static void AssertName(string name, int most)
    {
        Assert.InRange(name.Length, 1, most);
        Assert.Matches(Subdomain(), name);
    }

    private static string RandomName(Random random)
    {
        const string Characters = "abcxyz019-.";
        int length = random.Next(1, 252);
        string inner = new([.. Enumerable.Range(0, length).Select(_ => Characters[random.Next(Characters.Length)])]);
        // No two signs that are not letters in a row, as DNS wants it.
        return "a" + Signs().Replace(inner, "-").TrimEnd('-', '.') + "z";
    }

    [GeneratedRegex("[-.]+")]
    private static partial Regex Signs();

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$")]
    private static partial Regex Subdomain();

    [GeneratedRegex("^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$")]
    private static partial Regex Label();
}
