using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Sympozium.LocalCluster.Pods.Manifest;

/// <summary>One volume of a pod; exactly one source is set.</summary>
internal sealed record VolumeSpec
{
    public string Name { get; init; } = "";

    public EmptyDirSource? EmptyDir { get; init; }

    public ObjectSource? ConfigMap { get; init; }

    public SecretSource? Secret { get; init; }

    public ProjectedSource? Projected { get; init; }

    public DownwardSource? DownwardAPI { get; init; }

    public HostPathSource? HostPath { get; init; }

    public ClaimSource? PersistentVolumeClaim { get; init; }

    /// <summary>Sources that local pods do not have, by name.</summary>
    [JsonExtensionData]
    public JsonObject? Other { get; set; }
}

/// <summary>A fresh directory.</summary>
internal sealed record EmptyDirSource
{
    public string Medium { get; init; } = "";
}

/// <summary>Keys of a ConfigMap (or, in a projection, of a Secret) as files.</summary>
internal sealed record ObjectSource
{
    public string Name { get; init; } = "";

    public List<KeyToPath> Items { get; init; } = [];

    public int? DefaultMode { get; init; }

    public bool Optional { get; init; }
}

/// <summary>Keys of a Secret as files.</summary>
internal sealed record SecretSource
{
    public string SecretName { get; init; } = "";

    public List<KeyToPath> Items { get; init; } = [];

    public int? DefaultMode { get; init; }

    public bool Optional { get; init; }
}

/// <summary>Where one key goes.</summary>
internal sealed record KeyToPath
{
    public string Key { get; init; } = "";

    public string Path { get; init; } = "";

    public int? Mode { get; init; }
}

/// <summary>Fields of the pod as files.</summary>
internal sealed record DownwardSource
{
    public List<DownwardFile> Items { get; init; } = [];

    public int? DefaultMode { get; init; }
}

/// <summary>One file with a field or resource of the pod.</summary>
internal sealed record DownwardFile
{
    public string Path { get; init; } = "";

    public FieldReference? FieldRef { get; init; }

    public ResourceReference? ResourceFieldRef { get; init; }

    public int? Mode { get; init; }
}

/// <summary>Several sources in one directory.</summary>
internal sealed record ProjectedSource
{
    public List<Projection> Sources { get; init; } = [];

    public int? DefaultMode { get; init; }
}

/// <summary>One source of a projected volume.</summary>
internal sealed record Projection
{
    public ObjectSource? ConfigMap { get; init; }

    public ObjectSource? Secret { get; init; }

    public DownwardSource? DownwardAPI { get; init; }

    [JsonExtensionData]
    public JsonObject? Other { get; set; }
}

/// <summary>A path of the host.</summary>
internal sealed record HostPathSource
{
    public string Path { get; init; } = "";

    public string Type { get; init; } = "";
}

/// <summary>A PersistentVolumeClaim.</summary>
internal sealed record ClaimSource
{
    public string ClaimName { get; init; } = "";

    public bool ReadOnly { get; init; }
}

/// <summary>Where a volume appears in a container.</summary>
internal sealed record VolumeMount
{
    public string Name { get; init; } = "";

    public string MountPath { get; init; } = "";

    public string SubPath { get; init; } = "";

    public string SubPathExpr { get; init; } = "";

    public bool ReadOnly { get; init; }
}
