using System.Text;

namespace Sympozium.Cli.Output;

/// <summary>Columns aligned by spaces. Widths are kept between calls, so that rows which a watch adds later stand below their headings.</summary>
internal sealed class TextTable
{
    private const int Gap = 3;
    private List<int> _widths = [];

    public void Write(TextWriter writer, IReadOnlyList<string>? headings, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        IReadOnlyList<string>[] all = headings is null ? [.. rows] : [headings, .. rows];
        foreach (IReadOnlyList<string> row in all)
        {
            while (_widths.Count < row.Count)
            {
                _widths.Add(0);
            }
            _widths = [.. _widths.Select((width, i) => i < row.Count ? Math.Max(width, row[i].Length) : width)];
        }
        foreach (IReadOnlyList<string> row in all)
        {
            StringBuilder line = new();
            for (int i = 0; i < row.Count; i++)
            {
                line.Append(i == row.Count - 1 ? row[i] : row[i].PadRight(_widths[i] + Gap));
            }
            writer.WriteLine(line.ToString().TrimEnd());
        }
    }
}
