using System.Text.Json;

namespace Sympozium.LocalCluster.Store;

/// <summary>A reference to an owner, as far as garbage collection reads it.</summary>
public sealed record OwnerReference(string ApiVersion, string Kind, string Name, string Uid, bool BlockOwnerDeletion);

/// <summary>The few fields of an object that selectors and garbage collection need, read without building a document.</summary>
public sealed class ObjectFacts
{
    private static readonly IReadOnlyDictionary<string, string> NoLabels = new Dictionary<string, string>(0, StringComparer.Ordinal);

    public string ApiVersion { get; private set; } = "";

    public string Kind { get; private set; } = "";

    public string Uid { get; private set; } = "";

    public bool IsDeleting { get; private set; }

    public IReadOnlyDictionary<string, string> Labels { get; private set; } = NoLabels;

    public IReadOnlyList<string> Finalizers { get; private set; } = [];

    public IReadOnlyList<OwnerReference> Owners { get; private set; } = [];

    /// <summary>Bytes of <c>{"apiVersion":…,"kind":…,</c> at the front, which lists of core kinds leave out.</summary>
    public int HeaderLength { get; private set; }

    public static ObjectFacts Read(ReadOnlySpan<byte> json)
    {
        ObjectFacts facts = new();
        Utf8JsonReader reader = new(json);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("apiVersion"u8))
            {
                facts.ApiVersion = Text(ref reader);
            }
            else if (reader.ValueTextEquals("kind"u8))
            {
                facts.Kind = Text(ref reader);
            }
            else if (reader.ValueTextEquals("metadata"u8))
            {
                facts.HeaderLength = (int)reader.TokenStartIndex;
                facts.ReadMetadata(ref reader);
                break;
            }
            else
            {
                reader.Skip();
            }
        }

        return facts;
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("uid"u8))
            {
                Uid = Text(ref reader);
            }
            else if (reader.ValueTextEquals("deletionTimestamp"u8))
            {
                reader.Read();
                IsDeleting = reader.TokenType == JsonTokenType.String;
            }
            else if (reader.ValueTextEquals("labels"u8))
            {
                Labels = ReadLabels(ref reader);
            }
            else if (reader.ValueTextEquals("finalizers"u8))
            {
                Finalizers = ReadTexts(ref reader);
            }
            else if (reader.ValueTextEquals("ownerReferences"u8))
            {
                Owners = ReadOwners(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private static Dictionary<string, string> ReadLabels(ref Utf8JsonReader reader)
    {
        Dictionary<string, string> labels = new(StringComparer.Ordinal);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return labels;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            labels[name] = Text(ref reader);
        }

        return labels;
    }

    private static List<string> ReadTexts(ref Utf8JsonReader reader)
    {
        List<string> texts = [];
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return texts;
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            texts.Add(reader.TokenType == JsonTokenType.String ? reader.GetString()! : "");
        }

        return texts;
    }

    private static List<OwnerReference> ReadOwners(ref Utf8JsonReader reader)
    {
        List<OwnerReference> owners = [];
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return owners;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            OwnerReference owner = new("", "", "", "", false);
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                owner = ReadOwnerField(ref reader, owner);
            }

            owners.Add(owner);
        }

        return owners;
    }

    private static OwnerReference ReadOwnerField(ref Utf8JsonReader reader, OwnerReference owner)
    {
        if (reader.ValueTextEquals("apiVersion"u8))
        {
            return owner with { ApiVersion = Text(ref reader) };
        }

        if (reader.ValueTextEquals("kind"u8))
        {
            return owner with { Kind = Text(ref reader) };
        }

        if (reader.ValueTextEquals("name"u8))
        {
            return owner with { Name = Text(ref reader) };
        }

        if (reader.ValueTextEquals("uid"u8))
        {
            return owner with { Uid = Text(ref reader) };
        }

        bool blocks = reader.ValueTextEquals("blockOwnerDeletion"u8);
        reader.Read();
        bool value = reader.TokenType == JsonTokenType.True;
        reader.TrySkip();
        return blocks ? owner with { BlockOwnerDeletion = value } : owner;
    }

    private static string Text(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.String)
        {
            return reader.GetString()!;
        }

        reader.TrySkip();
        return "";
    }
}
