using System.Globalization;
using System.Text;

namespace Sympozium.LocalCluster.Kinds;

/// <summary>Where a walk through an object is. Costs nothing until somebody asks for the text.</summary>
internal sealed class FieldPath
{
    private readonly List<(string? Name, int Index, bool Key)> _segments = new(16);

    public int Depth => _segments.Count;

    public void Push(string name) => _segments.Add((name, -1, false));

    public void Push(int index) => _segments.Add((null, index, false));

    /// <summary>A map's key, written in brackets.</summary>
    public void PushKey(string key) => _segments.Add((key, -1, true));

    public void Pop() => _segments.RemoveAt(_segments.Count - 1);

    public override string ToString() => Text(indices: true);

    /// <summary>The path with one more field.</summary>
    public string With(string name) => Depth == 0 ? name : $"{this}.{name}";

    /// <summary>The path as Go's JSON decoder writes it: without indices.</summary>
    public string ToGoString() => Text(indices: false);

    private string Text(bool indices)
    {
        StringBuilder text = new();
        foreach ((string? name, int index, bool key) in _segments)
        {
            if (name is null)
            {
                if (indices)
                {
                    text.Append('[').Append(index.ToString(CultureInfo.InvariantCulture)).Append(']');
                }
            }
            else if (key)
            {
                text.Append('[').Append(name).Append(']');
            }
            else
            {
                text.Append(text.Length == 0 ? "" : ".").Append(name);
            }
        }

        return text.ToString();
    }
}
