namespace Sympozium.LocalCluster.Pods.Manifest;

/// <summary>One environment variable of a container.</summary>
internal sealed record EnvVar
{
    public string Name { get; init; } = "";

    public string? Value { get; init; }

    public EnvVarSource? ValueFrom { get; init; }
}

/// <summary>Where a variable's value comes from; exactly one is set.</summary>
internal sealed record EnvVarSource
{
    public KeyReference? SecretKeyRef { get; init; }

    public KeyReference? ConfigMapKeyRef { get; init; }

    public FieldReference? FieldRef { get; init; }

    public ResourceReference? ResourceFieldRef { get; init; }
}

/// <summary>A key of a Secret or ConfigMap.</summary>
internal sealed record KeyReference
{
    public string Name { get; init; } = "";

    public string Key { get; init; } = "";

    public bool Optional { get; init; }
}

/// <summary>A field of the pod.</summary>
internal sealed record FieldReference
{
    public string FieldPath { get; init; } = "";
}

/// <summary>A request or limit of a container.</summary>
internal sealed record ResourceReference
{
    public string? ContainerName { get; init; }

    public string Resource { get; init; } = "";

    public System.Text.Json.JsonElement? Divisor { get; init; }
}

/// <summary>All keys of a Secret or ConfigMap as variables.</summary>
internal sealed record EnvSource
{
    public string Prefix { get; init; } = "";

    public NameReference? ConfigMapRef { get; init; }

    public NameReference? SecretRef { get; init; }
}

/// <summary>A whole Secret or ConfigMap.</summary>
internal sealed record NameReference
{
    public string Name { get; init; } = "";

    public bool Optional { get; init; }
}
