using Sympozium.Kubernetes.Api;

namespace Sympozium.LocalCluster.Kinds;

/// <summary>One column of a table, as <c>additionalPrinterColumns</c> describes it.</summary>
public sealed record PrinterColumn(string Name, string Type, string Format, string JsonPath, int Priority, string Description);

/// <summary>The <c>scale</c> subresource of a custom kind: where its replica counts and its selector live.</summary>
public sealed record ScalePaths(string SpecReplicas, string StatusReplicas, string? LabelSelector);

/// <summary>Everything the server has to know of one served kind in one version.</summary>
public sealed record KindDefinition
{
    public required ResourceType Type { get; init; }

    public required string Singular { get; init; }

    public required string ListKind { get; init; }

    public IReadOnlyList<string> ShortNames { get; init; } = [];

    public IReadOnlyList<string> Categories { get; init; } = [];

    public required Schema Schema { get; init; }

    /// <summary>Whether <c>status</c> is a subresource of its own.</summary>
    public bool HasStatus { get; init; }

    public ScalePaths? Scale { get; init; }

    /// <summary>From a CustomResourceDefinition rather than built in.</summary>
    public bool IsCustom { get; init; }

    /// <summary>Custom kinds: the version that objects are stored in.</summary>
    public bool IsStorageVersion { get; init; } = true;

    /// <summary>Custom kinds: the apiVersion that objects are stored with; null for this one.</summary>
    public string? StoredApiVersion { get; init; }

    /// <summary>Custom kinds: objects that were stored before this revision know an older schema and get defaults when they are read.</summary>
    public long SchemaRevision { get; init; }

    /// <summary>The warning that every use of this version carries; null when it is not deprecated.</summary>
    public string? DeprecationWarning { get; init; }

    public IReadOnlyList<PrinterColumn> Columns { get; init; } = [];

    /// <summary>Field selector paths beyond <c>metadata.name</c> and <c>metadata.namespace</c>, without a leading dot.</summary>
    public IReadOnlyList<string> SelectableFields { get; init; } = [];
}
