using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Sympozium.Abstractions.Resources;

/// <summary>A model that the cluster itself serves, with an OpenAI-compatible endpoint.</summary>
public sealed record ModelSpec
{
    /// <summary>Where the weights come from.</summary>
    public required ModelSourceSpec Source { get; init; }

    /// <summary>Where the weights are kept.</summary>
    public ModelStorageSpec? Storage { get; init; }

    /// <summary>What serves the model.</summary>
    public ModelInferenceSpec? Inference { get; init; }

    /// <summary>What serving it takes.</summary>
    public ModelResourcesSpec? Resources { get; init; }

    /// <summary>Nodes that may serve it.</summary>
    public IReadOnlyDictionary<string, string>? NodeSelector { get; init; }

    /// <summary>How a node is chosen.</summary>
    public ModelPlacementSpec? Placement { get; init; }

    /// <summary>Taints that are tolerated.</summary>
    [PassedThrough(typeof(TolerationShape))]
    public IReadOnlyList<JsonObject>? Tolerations { get; init; }
}

/// <summary>Where a model's weights come from: a file by URL, or an id that the server downloads itself.</summary>
public sealed record ModelSourceSpec
{
    /// <summary>Address of a file, http or https.</summary>
    public string? Url { get; init; }

    /// <summary>Name of the file on the volume.</summary>
    [DefaultValue("model.gguf")]
    [StringLength(200, MinimumLength = 1)]
    public string? Filename { get; init; }

    /// <summary>Id on a model hub, for example Qwen/Qwen3-8B.</summary>
    [JsonPropertyName("modelID")]
    public string? ModelId { get; init; }

    /// <summary>SHA-256 of the file, 64 hexadecimal digits.</summary>
    [JsonPropertyName("sha256")]
    public string? Sha256 { get; init; }
}

/// <summary>Where weights are kept.</summary>
public sealed record ModelStorageSpec
{
    /// <summary>Size of the volume.</summary>
    [Quantity]
    [DefaultValue("10Gi")]
    public JsonNode? Size { get; init; }

    /// <summary>Storage class of the volume; default the cluster's.</summary>
    public string? StorageClass { get; init; }
}

/// <summary>What serves a model.</summary>
public sealed record ModelInferenceSpec
{
    /// <summary>Kind of server; custom needs an image.</summary>
    [DefaultValue("llama-cpp")]
    [AllowedWords("llama-cpp", "vllm", "tgi", "custom")]
    public string? ServerType { get; init; }

    /// <summary>Image instead of the kind's own.</summary>
    public string? Image { get; init; }

    /// <summary>When the image is pulled.</summary>
    [AllowedWords("Always", "IfNotPresent", "Never")]
    public string? ImagePullPolicy { get; init; }

    /// <summary>Port of the server; default 8000 for vllm, 8080 for all others.</summary>
    [Range(1, 65_535)]
    public int? Port { get; init; }

    /// <summary>Tokens that prompt and answer may have together.</summary>
    [DefaultValue(4096)]
    [Range(1, int.MaxValue)]
    public int? ContextSize { get; init; }

    /// <summary>Further arguments of the server.</summary>
    public IReadOnlyList<string>? Args { get; init; }

    /// <summary>Its environment variables: a list of {name, value or valueFrom}, or a map of texts.</summary>
    public IReadOnlyList<VariableSpec>? Env { get; init; }

    /// <summary>Secret with the key token, for models that need an account of Hugging Face.</summary>
    public string? HuggingFaceTokenSecret { get; init; }
}

/// <summary>What serving a model takes.</summary>
public sealed record ModelResourcesSpec
{
    /// <summary>GPUs.</summary>
    [DefaultValue(0)]
    [Range(0, 1024)]
    public int? Gpu { get; init; }

    /// <summary>Memory.</summary>
    [Quantity]
    [DefaultValue("16Gi")]
    public JsonNode? Memory { get; init; }

    /// <summary>CPU.</summary>
    [Quantity]
    [DefaultValue("4")]
    public JsonNode? Cpu { get; init; }
}

/// <summary>How a model's node is chosen.</summary>
public sealed record ModelPlacementSpec
{
    /// <summary>manual: by nodeSelector; auto: by what the nodes can do; dra: by dynamic resource allocation.</summary>
    [DefaultValue("manual")]
    [AllowedWords("auto", "manual", "dra")]
    public string? Mode { get; init; }

    /// <summary>Least tokens per second that the node must give.</summary>
    [Range(1, 1_000_000)]
    public int? MinTps { get; init; }

    /// <summary>Least TFLOPS that the node must have.</summary>
    [Range(1, 1_000_000)]
    [JsonPropertyName("minComputeTFLOPS")]
    public int? MinComputeTflops { get; init; }
}

/// <summary>What became of a model.</summary>
public sealed record ModelStatus
{
    /// <summary>Placing, Pending, Downloading, Loading, Ready or Failed.</summary>
    public string? Phase { get; init; }

    /// <summary>Base URL of its endpoint.</summary>
    public string? Endpoint { get; init; }

    /// <summary>For a person.</summary>
    public string? Message { get; init; }

    /// <summary>Node that was chosen.</summary>
    public string? PlacedNode { get; init; }

    /// <summary>How well the node fits; more is better.</summary>
    public int? PlacementScore { get; init; }

    /// <summary>Why this node, or why none.</summary>
    public string? PlacementMessage { get; init; }

    /// <summary>Generation of the spec that this status is about.</summary>
    public long? ObservedGeneration { get; init; }

    /// <summary>Conditions in the usual form: Downloaded, ServerReady.</summary>
    [Items(Key = "type")]
    public IReadOnlyList<ConditionStatus>? Conditions { get; init; }
}
