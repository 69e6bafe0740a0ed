using System.Text.Json;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Sympozium.Kubernetes.Manifests;

/// <summary>
/// Reads YAML (and so JSON) into JSON nodes with the meaning that kubectl gives it: YAML 1.1 scalars, merge keys, aliases.
/// Works on the parser's events, so that a duplicate key is an error with its line and an alias bomb is refused.
/// </summary>
public static class YamlReader
{
    private const int MaxDepth = 200;
    private const int MaxNodes = 1_000_000;

    /// <summary>All documents that are not empty, each with the line on which it starts.</summary>
    /// <param name="text">One or several documents.</param>
    /// <param name="source">File name or the like for messages.</param>
    /// <exception cref="ManifestException">The text is not YAML.</exception>
    public static IReadOnlyList<YamlDocument> ReadAll(string text, string source)
    {
        try
        {
            List<YamlDocument> documents = [];
            Composer composer = new(new Parser(new StringReader(text)), source);
            while (composer.Next() is { } document)
            {
                if (document.Root is not null)
                {
                    documents.Add(document);
                }
            }
            return documents;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException && e.Source == typeof(Parser).Assembly.GetName().Name)
        {
            // The parser refuses wrong tags and some wrong documents with exceptions that know no place.
            throw new ManifestException($"{source}: {e.Message}", e);
        }
        catch (YamlException e)
        {
            string why = e.InnerException?.Message ?? e.Message;
            throw new ManifestException($"{source}:{e.Start.Line}:{e.Start.Column}: {why}", e);
        }
    }

    /// <summary>The only document of a text; null when it is empty.</summary>
    /// <exception cref="ManifestException">The text is not YAML, or has several documents.</exception>
    public static JsonNode? ReadSingle(string text, string source)
    {
        IReadOnlyList<YamlDocument> documents = ReadAll(text, source);
        if (documents.Count == 0)
        {
            return null;
        }
        return documents.Count == 1
            ? documents[0].Root
            : throw new ManifestException($"{source}:{documents[1].Line}:1: a second document begins here; expected one");
    }

    /// <summary>Builds the nodes of one document after the other; counts nodes so that aliases cannot multiply without bound.</summary>
    private sealed class Composer(IParser parser, string source)
    {
        private readonly Dictionary<AnchorName, JsonNode?> _anchors = [];
        private int _nodes;
        private bool _started;

        public YamlDocument? Next()
        {
            if (!_started)
            {
                parser.Consume<StreamStart>();
                _started = true;
            }
            if (parser.Current is not DocumentStart start)
            {
                return null;
            }
            parser.MoveNext();
            _anchors.Clear();
            int line = (int)(parser.Current?.Start.Line ?? start.Start.Line);
            JsonNode? root = Read(0);
            parser.Consume<DocumentEnd>();
            return new YamlDocument(root, line, source);
        }

        private JsonNode? Read(int depth)
        {
            ParsingEvent current = parser.Current ?? throw new ManifestException($"{source}: the document ends too early");
            if (depth > MaxDepth)
            {
                throw Error(current, $"nested deeper than {MaxDepth} levels");
            }
            Count(current, 1);
            switch (current)
            {
                case Scalar scalar:
                    parser.MoveNext();
                    return Remember(scalar.Anchor, ReadScalar(scalar));
                case SequenceStart sequence:
                    parser.MoveNext();
                    return Remember(sequence.Anchor, ReadSequence(depth));
                case MappingStart mapping:
                    parser.MoveNext();
                    return Remember(mapping.Anchor, ReadMapping(depth));
                case AnchorAlias alias:
                    parser.MoveNext();
                    return Resolve(alias);
                default:
                    throw Error(current, $"unexpected {current.GetType().Name}");
            }
        }

        private JsonValue? ReadScalar(Scalar scalar)
        {
            try
            {
                return YamlScalars.Resolve(scalar);
            }
            catch (FormatException e)
            {
                throw Error(scalar, e.Message);
            }
        }

        private JsonArray ReadSequence(int depth)
        {
            JsonArray array = [];
            while (!parser.TryConsume<SequenceEnd>(out _))
            {
                array.Add(Read(depth + 1));
            }
            return array;
        }

        private JsonObject ReadMapping(int depth)
        {
            JsonObject mapping = [];
            List<JsonObject> merged = [];
            while (!parser.TryConsume<MappingEnd>(out _))
            {
                ParsingEvent at = parser.Current!;
                if (at is not Scalar key)
                {
                    throw Error(at, "a mapping key must be a plain value");
                }
                parser.MoveNext();
                if (key is { Value: "<<", Style: ScalarStyle.Plain })
                {
                    merged.AddRange(MergeSources(at, Read(depth + 1)));
                    continue;
                }
                if (!mapping.TryAdd(Name(key), Read(depth + 1)))
                {
                    throw Error(at, $"the key '{key.Value}' stands twice in this mapping");
                }
            }
            foreach ((string name, JsonNode? value) in merged.SelectMany(m => m))
            {
                mapping.TryAdd(name, value?.DeepClone());
            }
            return mapping;
        }

        // Keys are scalars too: an unquoted y is the key "true", as kubectl and the API server have it.
        private string Name(Scalar key)
        {
            JsonValue? value = ReadScalar(key);
            return value?.GetValueKind() switch
            {
                null => throw Error(key, "a mapping key must not be null; quote it"),
                JsonValueKind.String => value.GetValue<string>(),
                _ => value.ToJsonString(),
            };
        }

        private IEnumerable<JsonObject> MergeSources(ParsingEvent at, JsonNode? value) => value switch
        {
            JsonObject one => [one],
            JsonArray many when many.All(m => m is JsonObject) => many.OfType<JsonObject>(),
            _ => throw Error(at, "'<<' needs a mapping or a list of mappings"),
        };

        private JsonNode? Resolve(AnchorAlias alias)
        {
            if (!_anchors.TryGetValue(alias.Value, out JsonNode? node))
            {
                throw Error(alias, $"the anchor '{alias.Value}' is not defined above");
            }
            Count(alias, Size(node));
            return node?.DeepClone();
        }

        private JsonNode? Remember(AnchorName anchor, JsonNode? node)
        {
            if (!anchor.IsEmpty)
            {
                _anchors[anchor] = node;
            }
            return node;
        }

        private void Count(ParsingEvent at, int nodes)
        {
            _nodes += nodes;
            if (_nodes > MaxNodes)
            {
                throw Error(at, $"more than {MaxNodes} values; are there nested aliases?");
            }
        }

        private static int Size(JsonNode? node) => node switch
        {
            JsonObject mapping => 1 + mapping.Sum(p => Size(p.Value)),
            JsonArray array => 1 + array.Sum(Size),
            _ => 1,
        };

        private ManifestException Error(ParsingEvent at, string why) => new($"{source}:{at.Start.Line}:{at.Start.Column}: {why}");
    }
}

/// <summary>One document of a YAML stream.</summary>
/// <param name="Root">Its content; null when empty.</param>
/// <param name="Line">Line on which it starts, from 1.</param>
/// <param name="Source">File name or the like.</param>
public sealed record YamlDocument(JsonNode? Root, int Line, string Source);
