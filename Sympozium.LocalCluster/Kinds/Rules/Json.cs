using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Rules;

/// <summary>Reading and filling JSON objects in the rules.</summary>
internal static class Json
{
    public static JsonObject? Map(this JsonObject? json, string name) => json?[name] as JsonObject;

    public static string Text(this JsonObject? json, string name) => GoJson.Text(json?[name]) ?? "";

    public static bool IsTrue(this JsonObject? json, string name) => GoJson.Flag(json?[name]) == true;

    public static long? Integer(this JsonObject? json, string name) => GoJson.Integer(json?[name]);

    /// <summary>The objects of a list with their index; nothing when there is no such list.</summary>
    public static IEnumerable<(int Index, JsonObject Item)> Items(this JsonObject? json, string name)
    {
        if (json?[name] is not JsonArray list)
        {
            yield break;
        }

        for (int i = 0; i < list.Count; i++)
        {
            if (list[i] is JsonObject item)
            {
                yield return (i, item);
            }
        }
    }

    /// <summary>The child object, made when it is missing.</summary>
    public static JsonObject Ensure(this JsonObject json, string name)
    {
        if (json[name] is not JsonObject child)
        {
            child = [];
            json[name] = child;
        }

        return child;
    }

    public static void Default(this JsonObject json, string name, string value)
    {
        if (json[name] is null)
        {
            json[name] = value;
        }
    }

    public static void Default(this JsonObject json, string name, long value)
    {
        if (json[name] is null)
        {
            json[name] = value;
        }
    }

    public static void Default(this JsonObject json, string name, bool value)
    {
        if (json[name] is null)
        {
            json[name] = value;
        }
    }
}
