using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Sympozium.LocalCluster.Pods.Manifest;

/// <summary>One volume of a pod; exactly one source is set.</summary>
internal sealed record VolumeSpec
{
    public string Name { get; set; } = "";

    public EmptyDirSource? EmptyDir { get; set; }

    public ObjectSource? ConfigMap { get; set; }

    public SecretSource? Secret { get; set; }

    public ProjectedSource? Projected { get; set; }

    public DownwardSource? DownwardAPI { get; set; }

    public HostPathSource? HostPath { get; set; }

    public ClaimSource? PersistentVolumeClaim { get; set; }

    /// <summary>Sources that local pods do not have, by name.</summary>
    [JsonExtensionData]
    public JsonObject? Other { get; set; }
}

/// <summary>A fresh directory.</summary>
internal sealed record EmptyDirSource
{
    public string Medium { get; set; } = "";

    /// <summary>What may be in it; null for any amount.</summary>
    public System.Text.Json.JsonElement? SizeLimit { get; set; }
}

/// <summary>Keys of a ConfigMap (or, in a projection, of a Secret) as files.</summary>
internal sealed record ObjectSource
{
    public string Name { get; set; } = "";

    public List<KeyToPath> Items { get; set; } = [];

    public int? DefaultMode { get; set; }

    public bool Optional { get; set; }
}

/// <summary>Keys of a Secret as files.</summary>
internal sealed record SecretSource
{
    public string SecretName { get; set; } = "";

    public List<KeyToPath> Items { get; set; } = [];

    public int? DefaultMode { get; set; }

    public bool Optional { get; set; }
}

/// <summary>Where one key goes.</summary>
internal sealed record KeyToPath
{
    public string Key { get; set; } = "";

    public string Path { get; set; } = "";

    public int? Mode { get; set; }
}

/// <summary>Fields of the pod as files.</summary>
internal sealed record DownwardSource
{
    public List<DownwardFile> Items { get; set; } = [];

    public int? DefaultMode { get; set; }
}

/// <summary>One file with a field or resource of the pod.</summary>
internal sealed record DownwardFile
{
    public string Path { get; set; } = "";

    public FieldReference? FieldRef { get; set; }

    public ResourceReference? ResourceFieldRef { get; set; }

    public int? Mode { get; set; }
}

/// <summary>Several sources in one directory.</summary>
internal sealed record ProjectedSource
{
    public List<Projection> Sources { get; set; } = [];

    public int? DefaultMode { get; set; }
}

/// <summary>One source of a projected volume.</summary>
internal sealed record Projection
{
    public ObjectSource? ConfigMap { get; set; }

    public ObjectSource? Secret { get; set; }

    public DownwardSource? DownwardAPI { get; set; }

    public TokenSource? ServiceAccountToken { get; set; }

    [JsonExtensionData]
    public JsonObject? Other { get; set; }
}

/// <summary>A token of the pod's ServiceAccount, bound to the pod.</summary>
internal sealed record TokenSource
{
    /// <summary>Empty for the API server.</summary>
    public string Audience { get; set; } = "";

    public int ExpirationSeconds { get; set; } = 3_600;

    public string Path { get; set; } = "";
}

/// <summary>A path of the host.</summary>
internal sealed record HostPathSource
{
    public string Path { get; set; } = "";

    public string Type { get; set; } = "";
}

/// <summary>A PersistentVolumeClaim.</summary>
internal sealed record ClaimSource
{
    public string ClaimName { get; set; } = "";

    public bool ReadOnly { get; set; }
}

/// <summary>Where a volume appears in a container.</summary>
internal sealed record VolumeMount
{
    public string Name { get; set; } = "";

    public string MountPath { get; set; } = "";

    public string SubPath { get; set; } = "";

    public string SubPathExpr { get; set; } = "";

    public bool ReadOnly { get; set; }
}
