using System.Security.Cryptography;
using System.Text;

namespace Sympozium.Grains.Runs;

/// <summary>Names of a run's objects. They follow from the run's name, so that creating them twice finds the first ones.</summary>
public static class RunObjectNames
{
    /// <summary>A pod's name is its Job's plus a dash and five characters, and stands in labels, which hold 63.</summary>
    private const int MaxJobName = 57;

    private const int HashDigits = 8;

    /// <summary>Job of a run: the run's name, shortened with a hash when it is too long.</summary>
    public static string Job(string run) => Shorten(run, MaxJobName);

    /// <summary>ConfigMap with the run's input.</summary>
    public static string Input(string run) => run.Length <= 247 ? run + "-input" : Shorten(run, MaxJobName) + "-input";

    /// <summary>Secret with the run's token.</summary>
    public static string Token(string run) => run.Length <= 247 ? run + "-token" : Shorten(run, MaxJobName) + "-token";

    /// <summary>ConfigMap with the files of a pack from another namespace.</summary>
    public static string MirroredSkill(string run, string pack) => Shorten($"{Job(run)}-skill-{pack}", 253);

    /// <summary>The run's name as a label's value.</summary>
    public static string LabelValue(string run) => Shorten(run, 63);

    private static string Shorten(string name, int most)
    {
        if (name.Length <= most)
        {
            return name;
        }

        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..HashDigits];
        return name[..(most - HashDigits - 1)].TrimEnd('-', '.') + "-" + hash;
    }
}
