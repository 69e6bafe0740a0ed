using System.Reflection;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Serialization;
using Orleans.Serialization.Cloning;
using Sympozium.Abstractions;

namespace Sympozium.Silo.Hosting;

/// <summary>How Orleans carries what grains say: messages as JSON, exceptions with their types, nothing copied within a process.</summary>
internal static class GrainMessages
{
    private const string OwnNamespace = "Sympozium";

    private static readonly JsonSerializerOptions Json = GrainMessagesJson.Default.Options;

    /// <summary>Adds the serializers.</summary>
    public static void AddGrainMessages(this IServiceCollection services)
    {
        services.AddSerializer(serializer =>
        {
            serializer.AddJsonSerializer(IsMessage, isCopyable: null, options => options.Configure(json => json.SerializerOptions = Json));
            serializer.Configure(types =>
            {
                foreach (Type type in typeof(GrainMessagesJson).Assembly.GetTypes().Where(type => type.IsClass))
                {
                    if (type.GetCustomAttribute<AliasAttribute>() is { } alias && IsMessage(type))
                    {
                        types.WellKnownTypeAliases[alias.Alias] = type;
                    }
                }
            });
        });
        services.AddSingleton<IGeneralizedCopier, MessageCopier>();
        services.Configure<ExceptionSerializationOptions>(exceptions => exceptions.SupportedNamespacePrefixes.Add(OwnNamespace));
    }

    private static bool IsMessage(Type type) =>
        type.Namespace?.StartsWith(OwnNamespace, StringComparison.Ordinal) == true && !type.ContainsGenericParameters && Json.TryGetTypeInfo(type, out _);

    /// <summary>Messages are immutable, so a call within a silo hands over the object itself.</summary>
    private sealed class MessageCopier : IGeneralizedCopier
    {
        public bool IsSupportedType(Type type) => IsMessage(type);

        public object? DeepCopy(object? input, CopyContext context) => input;
    }
}
