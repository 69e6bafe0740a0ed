using System.Globalization;

namespace Sympozium.Conformance.Tests.Normalizing;

/// <summary>Numbers uids in the order of their appearance and says how each resourceVersion relates to the one seen before of the same object.</summary>
internal sealed class Identities
{
    private Dictionary<string, string> _uids = [];
    private Dictionary<string, long> _versions = [];

    /// <summary>What is known now; set again, it makes forgotten what was seen since.</summary>
    public IdentityMarks Marks
    {
        get => new(new Dictionary<string, string>(_uids), Remember());
        set => (_uids, _versions) = (new Dictionary<string, string>(value.Uids), new Dictionary<string, long>(value.Versions));
    }

    public string Uid(string uid)
    {
        if (!_uids.TryGetValue(uid, out string? mark))
        {
            _uids[uid] = mark = $"<uid-{_uids.Count + 1}>";
        }

        return mark;
    }

    public string Version(string uid, string text)
    {
        if (!IsVersion(text, out long version))
        {
            return text;
        }

        bool isKnown = _versions.TryGetValue(uid, out long before);
        _versions[uid] = version;
        return !isKnown ? "<rv>" : version == before ? "<rv same>" : version > before ? "<rv greater>" : "<rv LESS>";
    }

    /// <summary>Whether a text is a resourceVersion as servers write them.</summary>
    public static bool IsVersion(string? text, out long version) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out version);

    /// <summary>The versions known now.</summary>
    public IReadOnlyDictionary<string, long> Remember() => new Dictionary<string, long>(_versions);

    /// <summary>Goes back to what was known before, so that events are compared with that, and returns what was known until now.</summary>
    public IReadOnlyDictionary<string, long> Swap(IReadOnlyDictionary<string, long> versions)
    {
        Dictionary<string, long> current = _versions;
        _versions = new Dictionary<string, long>(versions);
        return current;
    }

    /// <summary>Continues from the newest version of each object.</summary>
    public void Continue(IReadOnlyDictionary<string, long> before, IReadOnlyDictionary<string, long> after)
    {
        _versions = before.Concat(after).GroupBy(p => p.Key).ToDictionary(g => g.Key, g => g.Max(p => p.Value));
    }
}

/// <summary>Numbered uids, and the newest resourceVersion seen of each object.</summary>
internal sealed record IdentityMarks(IReadOnlyDictionary<string, string> Uids, IReadOnlyDictionary<string, long> Versions);
