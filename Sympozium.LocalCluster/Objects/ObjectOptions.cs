using Sympozium.LocalCluster.Identity;

namespace Sympozium.LocalCluster.Objects;

/// <summary>How a write treats unknown fields.</summary>
public enum FieldValidation
{
    Ignore,
    Warn,
    Strict,
}

/// <summary>What a write is asked to do besides writing, and what it has to say.</summary>
public sealed record WriteOptions
{
    public bool DryRun { get; init; }

    public FieldValidation FieldValidation { get; init; } = FieldValidation.Ignore;

    /// <summary>Owner of the fields that are written, as the request names it.</summary>
    public string? FieldManager { get; init; }

    /// <summary>Who owns them when the request names nobody.</summary>
    public string DefaultManager { get; init; } = "sympozium";

    /// <summary>Who asks; the control plane itself when nobody is named.</summary>
    public UserInfo User { get; init; } = UserInfo.Administrator;

    /// <summary>Sent as <c>Warning</c> headers.</summary>
    public List<string> Warnings { get; init; } = [];
}

/// <summary>How an object is to be deleted.</summary>
public sealed record Removal
{
    /// <summary>Background, Foreground or Orphan; null for the kind's default.</summary>
    public string? PropagationPolicy { get; init; }

    public long? GracePeriodSeconds { get; init; }

    public string? Uid { get; init; }

    public string? ResourceVersion { get; init; }
}

/// <summary>Which objects a list or a watch shows.</summary>
public sealed record ObjectFilter(LabelSelector Labels, FieldSelector Fields)
{
    public static readonly ObjectFilter All = new(LabelSelector.Everything, FieldSelector.Everything);

    public bool IsEverything => Labels.IsEverything && Fields.IsEverything;

    public bool Matches(Store.StoredObject stored) => Labels.Matches(stored.Facts.Labels) && Fields.Matches(stored);
}
