using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Manifests;

namespace Sympozium.Cli.Applying;

/// <summary>One object of a manifest and where it stands.</summary>
internal sealed record ManifestObject(JsonObject Object, string Source, int Line)
{
    public string Place => $"{Source}:{Line}";

    public string ApiVersion => Object["apiVersion"]!.GetValue<string>();

    public string Kind => Object["kind"]!.GetValue<string>();

    public string Name => Object["metadata"]!["name"]!.GetValue<string>();

    public string? Namespace => Object["metadata"]!["namespace"]?.GetValue<string>();
}

/// <summary>Reads manifests from files, directories, URLs and standard input. Every problem of all of them is reported at once.</summary>
internal sealed class ManifestLoader(CliContext context)
{
    private const int MaxDownloadBytes = 16 * 1024 * 1024;
    private static readonly TimeSpan DownloadTimeout = TimeSpan.FromSeconds(30);
    private static readonly string[] Extensions = [".yaml", ".yml", ".json"];
    private readonly List<string> _problems = [];

    /// <exception cref="CliException">Something cannot be read or is not an object of Kubernetes.</exception>
    public async Task<IReadOnlyList<ManifestObject>> LoadAsync(IEnumerable<string> sources, bool recursive, CancellationToken cancellationToken)
    {
        List<ManifestObject> objects = [];
        foreach (string source in sources)
        {
            foreach ((string name, string text) in await ReadAsync(source, recursive, cancellationToken))
            {
                Parse(name, text, objects);
            }
        }
        if (_problems.Count > 0)
        {
            string summary = _problems.Count == 1 ? _problems[0] : $"{_problems.Count} problems in the manifests:\n{string.Join('\n', _problems.Select(p => $"  {p}"))}";
            throw new CliException(ExitCodes.Refused, $"{summary}\nNothing was sent to the server.");
        }
        return objects.Count > 0 ? objects : throw new CliException(ExitCodes.Refused, $"there is no object in {string.Join(", ", sources)}");
    }

    private async Task<IReadOnlyList<(string Name, string Text)>> ReadAsync(string source, bool recursive, CancellationToken cancellationToken)
    {
        try
        {
            if (source == "-")
            {
                return [("standard input", await context.Terminal.In.ReadToEndAsync(cancellationToken))];
            }
            if (Uri.TryCreate(source, UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https")
            {
                using HttpClient http = new() { Timeout = DownloadTimeout, MaxResponseContentBufferSize = MaxDownloadBytes };
                return [(source, await http.GetStringAsync(address, cancellationToken))];
            }
            List<(string, string)> texts = [];
            foreach (string file in Directory.Exists(source) ? Files(source, recursive) : [source])
            {
                texts.Add((file, await File.ReadAllTextAsync(file, cancellationToken)));
            }
            return texts;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or HttpRequestException)
        {
            _problems.Add($"{source}: {e.Message}");
            return [];
        }
    }

    private static IEnumerable<string> Files(string directory, bool recursive) => Directory
        .EnumerateFiles(directory, "*", recursive ? SearchOption.AllDirectories : SearchOption.TopDirectoryOnly)
        .Where(f => Extensions.Contains(Path.GetExtension(f)))
        .Order(StringComparer.Ordinal);

    private void Parse(string name, string text, List<ManifestObject> objects)
    {
        try
        {
            foreach (YamlDocument document in YamlReader.ReadAll(text, name))
            {
                AddDocument(document.Root, document, objects);
            }
        }
        catch (ManifestException e)
        {
            _problems.Add(e.Message);
        }
    }

    private void AddDocument(JsonNode? node, YamlDocument document, List<ManifestObject> objects)
    {
        if (node is JsonObject list && Text(list["kind"]).EndsWith("List", StringComparison.Ordinal) && list["items"] is JsonArray items)
        {
            foreach (JsonNode? item in items.ToArray())
            {
                AddDocument(item?.DeepClone(), document, objects);
            }
            return;
        }
        if (node is not JsonObject resource)
        {
            _problems.Add($"{document.Source}:{document.Line}: expected a mapping with apiVersion, kind and metadata");
            return;
        }
        string[] missing = [.. Missing(resource)];
        if (missing.Length > 0)
        {
            _problems.Add($"{document.Source}:{document.Line}: {string.Join(", ", missing)} {(missing.Length == 1 ? "is" : "are")} missing");
            return;
        }
        objects.Add(new ManifestObject(resource, document.Source, document.Line));
    }

    private static IEnumerable<string> Missing(JsonObject resource)
    {
        if (Text(resource["apiVersion"]).Length == 0)
        {
            yield return "apiVersion";
        }
        if (Text(resource["kind"]).Length == 0)
        {
            yield return "kind";
        }
        if (Text((resource["metadata"] as JsonObject)?["name"]).Length == 0)
        {
            yield return "metadata.name";
        }
    }

    private static string Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : "";
}
