using System.Globalization;
using System.Text.RegularExpressions;

namespace Sympozium.Conformance.Tests.Normalizing;

/// <summary>Masks in a text what differs from run to run: names, uids, tokens, times, addresses, versions, hashes.</summary>
internal sealed partial class TextNormalizer
{
    /// <summary>Alphabet of generated names.</summary>
    private const string Safe = "bcdfghjklmnpqrstvwxz2456789";

    private readonly NormalizerContext _context;
    private readonly Identities _identities;
    private readonly HashSet<string> _writtenAddresses;
    private readonly List<(Regex Pod, Regex ReplicaSet, string Prefix)> _generated;
    private readonly DateTimeOffset _earliest;
    private readonly DateTimeOffset _latest;

    public TextNormalizer(NormalizerContext context, Identities identities)
    {
        _context = context;
        _identities = identities;
        _writtenAddresses = [.. Address().Matches(context.CaseText).Select(m => m.Value), "127.0.0.1", "0.0.0.0"];
        _generated =
        [
            .. context.Generated.Select(p => (
                new Regex($@"(?<![\w.-]){Regex.Escape(p)}([{Safe}0-9]{{6,10}}-)?[{Safe}0-9]{{5}}(?![\w])", RegexOptions.CultureInvariant),
                new Regex($@"(?<![\w.-]){Regex.Escape(p)}[{Safe}0-9]{{8,10}}(?![\w-])", RegexOptions.CultureInvariant), p)),
        ];
        _earliest = context.Start.AddHours(-1);
        _latest = context.Start.AddDays(400);
    }

    public string Normalize(string text)
    {
        foreach ((string word, string mark) in _context.Words)
        {
            text = text.Replace(word, mark, StringComparison.Ordinal);
        }

        text = Uuid().Replace(text, m => _identities.Uid(m.Value));
        text = JsonWebToken().Replace(text, "<jwt>");
        text = Times(text).Replace("docker.io/library/", "", StringComparison.Ordinal);
        text = ApiAccess().Replace(text, "$1<rand>");
        text = Dumps(Versions(text));
        text = TemplateHash().Replace(text, "$1<hash>");
        foreach ((Regex pod, Regex replicaSet, string prefix) in _generated)
        {
            text = pod.Replace(text, m => prefix + (m.Groups[1].Length > 0 ? "<hash>-<rand>" : "<rand>"));
            text = replicaSet.Replace(text, prefix + "<hash>");
        }

        text = EventSuffix().Replace(text, ".<hex>");
        text = NodePort().Replace(text, "$1<nodePort>$2");
        text = Digest().Replace(text, "<id>");
        return Address().Replace(text, m => _writtenAddresses.Contains(m.Value) ? m.Value : "<ip>");
    }

    private string Times(string text)
    {
        text = Rfc3339().Replace(text, Stamp);
        text = Rfc1123().Replace(text, m => IsThisYear(m.Groups[1].Value) ? "<time>" : m.Value);
        return GoTime().Replace(text, m => IsThisYear(m.Value[..4]) ? "<time>" : m.Value);
    }

    private bool IsThisYear(string year) => int.Parse(year, CultureInfo.InvariantCulture) >= _earliest.Year;

    // Times that the case wrote itself are far from today.
    private string Stamp(Match match)
    {
        if (!DateTimeOffset.TryParseExact(match.Groups[1].Value, "yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
            || time < _earliest || time > _latest)
        {
            return match.Value;
        }

        return match.Groups[3].Value != "Z" ? "<localtime>" : match.Groups[2].Length switch { 0 => "<time>", 7 => "<microtime>", _ => "<nanotime>" };
    }

    private static string Versions(string text)
    {
        text = TooOld().Replace(text, "$1<rv>");
        text = TooLarge().Replace(text, "$1<rv>");
        text = QuotedVersion().Replace(text, "$1<rv>");
        text = QuotedManagers().Replace(text, "$1...$2");
        return RecordVersion().Replace(text, "$1<rv>");
    }

    // What a Go program prints of its own structures is nobody's interface.
    private static string Dumps(string text)
    {
        text = LongValue().Replace(text, "Invalid value: {...}: ");
        text = StructDiff().Replace(text, "$1@@ ...");
        return PodSpecDump().Replace(text, "$1...}");
    }

    [GeneratedRegex(@"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")]
    private static partial Regex Uuid();

    [GeneratedRegex(@"eyJ[\w-]+\.[\w-]+\.[\w-]+")]
    private static partial Regex JsonWebToken();

    [GeneratedRegex(@"\b(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)")]
    private static partial Regex Rfc3339();

    [GeneratedRegex(@"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} (\d{4}) \d\d:\d\d:\d\d [+-]\d{4}")]
    private static partial Regex Rfc1123();

    [GeneratedRegex(@"\b20[2-9]\d-\d\d-\d\d \d\d:\d\d:\d\d \+0000 UTC")]
    private static partial Regex GoTime();

    [GeneratedRegex($@"(kube-api-access-)[{Safe}0-9]{{5}}\b")]
    private static partial Regex ApiAccess();

    [GeneratedRegex(@"(too old resource version: \d+ \()\d+")]
    private static partial Regex TooOld();

    [GeneratedRegex(@"(Too large resource version: \d+, current: )\d+")]
    private static partial Regex TooLarge();

    [GeneratedRegex("""(resourceVersion\\*"\s?:\s?\\*")[1-9]\d*""")]
    private static partial Regex QuotedVersion();

    [GeneratedRegex("""(\\*"managedFields\\*":\[).*?(\]\}\})""")]
    private static partial Regex QuotedManagers();

    [GeneratedRegex(@"(ResourceVersion in record \()\d+")]
    private static partial Regex RecordVersion();

    [GeneratedRegex("""Invalid value: \{\\*"[^\n]{300,}\}: """)]
    private static partial Regex LongValue();

    [GeneratedRegex(@"(was previously negative\)\s*)@@ .*", RegexOptions.Singleline)]
    private static partial Regex StructDiff();

    [GeneratedRegex(@"(\b(?:core|v1)\.Pod(?:Template)?Spec\{).*\}", RegexOptions.Singleline)]
    private static partial Regex PodSpecDump();

    [GeneratedRegex("""(pod-template-hash[=:] ?"?)\w{6,10}""")]
    private static partial Regex TemplateHash();

    [GeneratedRegex(@"(?<=\w)\.1[0-9a-f]{15}\b")]
    private static partial Regex EventSuffix();

    [GeneratedRegex(@"(\b\d{1,5}:)3[0-2]\d{3}(/(?:TCP|UDP|SCTP))")]
    private static partial Regex NodePort();

    [GeneratedRegex(@"(?:sha256:|containerd://)[0-9a-f]{64}|local://\S+")]
    private static partial Regex Digest();

    [GeneratedRegex(@"(?<![\w.])\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?![\w.]*\w)")]
    private static partial Regex Address();
}
