namespace Sympozium.LocalCluster.Pods.Manifest;

/// <summary>One environment variable of a container.</summary>
internal sealed record EnvVar
{
    public string Name { get; set; } = "";

    public string? Value { get; set; }

    public EnvVarSource? ValueFrom { get; set; }
}

/// <summary>Where a variable's value comes from; exactly one is set.</summary>
internal sealed record EnvVarSource
{
    public KeyReference? SecretKeyRef { get; set; }

    public KeyReference? ConfigMapKeyRef { get; set; }

    public FieldReference? FieldRef { get; set; }

    public ResourceReference? ResourceFieldRef { get; set; }
}

/// <summary>A key of a Secret or ConfigMap.</summary>
internal sealed record KeyReference
{
    public string Name { get; set; } = "";

    public string Key { get; set; } = "";

    public bool Optional { get; set; }
}

/// <summary>A field of the pod.</summary>
internal sealed record FieldReference
{
    public string FieldPath { get; set; } = "";
}

/// <summary>A request or limit of a container.</summary>
internal sealed record ResourceReference
{
    public string? ContainerName { get; set; }

    public string Resource { get; set; } = "";

    public System.Text.Json.JsonElement? Divisor { get; set; }
}

/// <summary>All keys of a Secret or ConfigMap as variables.</summary>
internal sealed record EnvSource
{
    public string Prefix { get; set; } = "";

    public NameReference? ConfigMapRef { get; set; }

    public NameReference? SecretRef { get; set; }
}

/// <summary>A whole Secret or ConfigMap.</summary>
internal sealed record NameReference
{
    public string Name { get; set; } = "";

    public bool Optional { get; set; }
}
