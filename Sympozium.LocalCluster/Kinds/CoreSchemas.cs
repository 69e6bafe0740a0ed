using System.Globalization;

namespace Sympozium.LocalCluster.Kinds;

/// <summary>
/// The definitions of the built-in types, read from <c>Core/*.yaml</c> on first use.
/// </summary>
/// <remarks>
/// The files hold two levels of plain YAML. A definition is a name with fields under it; a field is
/// <c>name: TYPE words | description</c>.
/// TYPE is string, bool, int (32 bit), long, number, bytes (base64), time, microtime, any (open object), a definition's name,
/// <c>list&lt;TYPE&gt;</c> or <c>map&lt;TYPE&gt;</c>. Words: <c>required</c>; <c>atomic</c>; <c>set</c>; <c>merge</c> or <c>merge=KEY</c> (strategic
/// merge patch); <c>keys=A,B</c> (the list is a map with these keys); <c>retainKeys</c>; <c>omit</c> (a zero or false is not written, as Go's omitempty
/// does); <c>pointer</c> (an empty text is written).
/// Special lines of a definition: <c>about</c> (description), <c>inherits: object</c> (adds apiVersion, kind, metadata), <c>open: true</c>
/// (keeps unknown fields), <c>atomic: true</c> (owned as a whole).
/// </remarks>
internal sealed class CoreSchemas
{
    private const string ResourcePrefix = "Sympozium.LocalCluster.Kinds.Core.";

    // What every kind says of its first three fields; clients show these very words.
    private const string Conventions = "https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md";

    private const string ApiVersionText =
        "APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to the latest "
        + "internal value, and may reject unrecognized values. More info: " + Conventions + "#resources";

    private const string KindText =
        "Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the client "
        + "submits requests to. Cannot be updated. In CamelCase. More info: " + Conventions + "#types-kinds";

    private const string MetadataText = "Standard object's metadata. More info: " + Conventions + "#metadata";

    private static readonly Lazy<CoreSchemas> Lazily = new(() => new CoreSchemas());

    private readonly Dictionary<string, Draft> _drafts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _shortNames = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Schema> _scalars = Scalars();

    private CoreSchemas()
    {
        foreach (string resource in typeof(CoreSchemas).Assembly.GetManifestResourceNames().Order(StringComparer.Ordinal))
        {
            if (resource.StartsWith(ResourcePrefix, StringComparison.Ordinal))
            {
                using StreamReader reader = new(typeof(CoreSchemas).Assembly.GetManifestResourceStream(resource)!);
                Read(reader, resource);
            }
        }

        foreach (Draft draft in _drafts.Values)
        {
            Fill(draft);
        }
    }

    public static CoreSchemas Instance => Lazily.Value;

    public static Schema ObjectMeta => Instance["io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"];

    /// <summary>Every definition by full name, scalars included.</summary>
    public IEnumerable<Schema> All => _drafts.Values.Select(draft => draft.Schema).Concat(_scalars.Values);

    /// <summary>The definition with this full name, such as <c>io.k8s.api.core.v1.Pod</c>.</summary>
    public Schema this[string name] => _drafts.TryGetValue(name, out Draft? draft) ? draft.Schema : throw new KeyNotFoundException($"no core type \"{name}\"");

    /// <summary>The definition or scalar with this full name.</summary>
    public Schema Definition(string name) => _drafts.TryGetValue(name, out Draft? draft) ? draft.Schema : _scalars.Values.First(scalar => scalar.DefinitionName == name);

    private static Dictionary<string, Schema> Scalars()
    {
        Dictionary<string, Schema> scalars = new(StringComparer.Ordinal);
        Add("time", "io.k8s.apimachinery.pkg.apis.meta.v1.Time", new Schema { Type = "string", Format = "date-time", Description = "A time, in seconds (RFC 3339)." });
        Add("microtime", "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime",
            new Schema { Type = "string", Format = "date-time", Description = "A time, in microseconds (RFC 3339)." });
        Add("Quantity", "io.k8s.apimachinery.pkg.api.resource.Quantity",
            new Schema { Type = "string", Format = "quantity", Description = "An amount such as 500m, 64Mi or 2." });
        Add("IntOrString", "io.k8s.apimachinery.pkg.util.intstr.IntOrString",
            new Schema { IntOrString = true, Format = "int-or-string", Description = "A number or a text." });
        Add("RawExtension", "io.k8s.apimachinery.pkg.runtime.RawExtension",
            new Schema { Type = "object", PreserveUnknownFields = true, Description = "Any object." });
        const string Extensions = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.";
        foreach (string open in (string[])["JSON", "JSONSchemaPropsOrBool", "JSONSchemaPropsOrArray", "JSONSchemaPropsOrStringArray"])
        {
            Add(open, Extensions + open, new Schema { PreserveUnknownFields = true, Description = "Any JSON value." });
        }

        return scalars;

        void Add(string word, string name, Schema schema) => scalars[word] = schema.Named(name);
    }

    private void Read(StreamReader reader, string file)
    {
        string package = "";
        Draft? draft = null;
        for (int number = 1; reader.ReadLine() is { } line; number++)
        {
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            int colon = line.IndexOf(": ", StringComparison.Ordinal);
            if (line[0] != ' ')
            {
                if (colon > 0)
                {
                    package = line[(colon + 2)..] + ".";
                    continue;
                }

                string name = line.TrimEnd(':');
                draft = new Draft(package, package + name);
                _drafts.Add(draft.Name, draft);
                _shortNames.TryAdd(name, draft.Name);
            }
            else if (draft is null || colon < 0)
            {
                throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"{file} line {number} is neither a definition nor a field"));
            }
            else
            {
                draft.Lines.Add((line[..colon].Trim(), line[(colon + 2)..]));
            }
        }
    }

    private void Fill(Draft draft)
    {
        string? about = null;
        bool open = false, atomic = false, inherits = false;
        foreach ((string name, string value) in draft.Lines)
        {
            switch (name, value)
            {
                case ("about", _):
                    about = value;
                    break;
                case ("open", "true"):
                    open = true;
                    break;
                case ("atomic", "true"):
                    atomic = true;
                    break;
                case ("inherits", "object"):
                    inherits = true;
                    break;
                default:
                    (Schema field, bool required) = Field(value, draft.Package);
                    draft.Add(name, field, required);
                    break;
            }
        }

        if (inherits)
        {
            draft.Add("apiVersion", Field($"string | {ApiVersionText}", draft.Package).Field, required: false);
            draft.Add("kind", Field($"string | {KindText}", draft.Package).Field, required: false);
            draft.Add("metadata", Field($"ObjectMeta | {MetadataText}", draft.Package).Field, required: false);
        }

        draft.Complete(about, open, atomic);
    }

    private (Schema Field, bool Required) Field(string text, string package)
    {
        int bar = text.IndexOf(" | ", StringComparison.Ordinal);
        string[] words = (bar < 0 ? text : text[..bar]).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string? description = bar < 0 ? null : text[(bar + 3)..];
        Schema type = Type(words[0], package);
        FieldWords said = FieldWords.Read(words.AsSpan(1));
        bool list = type.Items is not null;
        bool omitEmpty = said.Omit || (!said.Required && !said.Pointer && (type.Type is "string" || list || type.AdditionalProperties is not null));
        Schema field = type.AsField(
            description, list ? said.Structure : null, list ? null : said.Structure, said.Keys, said.Strategy, said.MergeKey, omitEmpty);
        return (field, said.Required);
    }

    private Schema Type(string word, string package)
    {
        int open = word.IndexOf('<', StringComparison.Ordinal);
        if (open > 0)
        {
            Schema inner = Type(word[(open + 1)..^1], package);
            return word.StartsWith("list", StringComparison.Ordinal)
                ? new Schema { Type = "array", Items = inner }
                : new Schema { Type = "object", AdditionalProperties = inner };
        }

        Schema? primitive = word switch
        {
            "string" => new Schema { Type = "string" },
            "bool" => new Schema { Type = "boolean" },
            "int" => new Schema { Type = "integer", Format = "int32" },
            "long" => new Schema { Type = "integer", Format = "int64" },
            "number" => new Schema { Type = "number", Format = "double" },
            "bytes" => new Schema { Type = "string", Format = "byte" },
            "any" => Schema.Open,
            _ => null,
        };
        if (primitive is not null)
        {
            return primitive;
        }

        if (!_scalars.TryGetValue(word, out Schema? target))
        {
            target = _drafts.TryGetValue(package + word, out Draft? near) ? near.Schema : this[_shortNames.GetValueOrDefault(word, word)];
        }

        return new Schema { Target = target };
    }

    /// <summary>The words after a field's type.</summary>
    private sealed record FieldWords
    {
        public bool Required { get; private set; }

        public bool Omit { get; private set; }

        public bool Pointer { get; private set; }

        /// <summary>atomic, set or map.</summary>
        public string? Structure { get; private set; }

        public string[] Keys { get; private set; } = [];

        public string? Strategy { get; private set; }

        public string? MergeKey { get; private set; }

        public static FieldWords Read(ReadOnlySpan<string> words)
        {
            FieldWords said = new();
            foreach (string word in words)
            {
                int equals = word.IndexOf('=', StringComparison.Ordinal);
                said.Take(equals < 0 ? word : word[..equals], equals < 0 ? null : word[(equals + 1)..]);
            }

            return said;
        }

        private void Take(string word, string? value)
        {
            switch (word)
            {
                case "required":
                    Required = true;
                    break;
                case "omit":
                    Omit = true;
                    break;
                case "pointer":
                    Pointer = true;
                    break;
                case "keys":
                    Structure = "map";
                    Keys = value!.Split(',');
                    break;
                case "merge" or "retainKeys":
                    Strategy = Strategy is null ? word : $"{Strategy},{word}";
                    MergeKey = value ?? MergeKey;
                    break;
                case "atomic" or "set":
                    Structure = word;
                    break;
                default:
                    throw new InvalidDataException($"unknown word \"{word}\" in a core type");
            }
        }
    }

    /// <summary>A definition under construction; its schema object exists first so that definitions can refer to each other.</summary>
    private sealed class Draft(string package, string name)
    {
        private readonly Dictionary<string, Schema> _fields = new(StringComparer.Ordinal);
        private readonly List<string> _required = [];

        public string Package { get; } = package;

        public string Name { get; } = name;

        public Schema Schema { get; } = Schema.Definition(name);

        public List<(string Name, string Value)> Lines { get; } = [];

        public void Add(string field, Schema schema, bool required)
        {
            _fields.Add(field, schema);
            if (required)
            {
                _required.Add(field);
            }
        }

        public void Complete(string? about, bool open, bool atomic)
        {
            Schema.Complete(about, _fields, _required, open, atomic);
            Lines.Clear();
            Lines.TrimExcess();
        }
    }
}
