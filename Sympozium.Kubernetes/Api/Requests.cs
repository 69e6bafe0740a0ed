using System.Text.Json.Nodes;

namespace Sympozium.Kubernetes.Api;

/// <summary>What a list shall contain.</summary>
public sealed record ListOptions
{
    public static readonly ListOptions All = new();

    public string? LabelSelector { get; init; }

    public string? FieldSelector { get; init; }

    /// <summary>Version that the answer must reach, or have; null means the most recent. "0" takes whatever the server has in memory.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary>How <see cref="ResourceVersion"/> is meant: <c>NotOlderThan</c> or <c>Exact</c>.</summary>
    public string? ResourceVersionMatch { get; init; }

    /// <summary>Whether <c>metadata</c> is enough; then a server need not send the rest.</summary>
    public bool MetadataOnly { get; init; }
}

/// <summary>Where a watch starts and what it shows.</summary>
public sealed record WatchOptions
{
    /// <summary>Events after this version; null starts with the present objects as ADDED events.</summary>
    public string? ResourceVersion { get; init; }

    public string? LabelSelector { get; init; }

    public string? FieldSelector { get; init; }

    /// <summary>
    /// Begin with the present objects as ADDED events and a bookmark that says that they are complete
    /// (<see cref="WatchEvent.IsEndOfInitialEvents"/>). A server without this refuses the watch as Invalid or BadRequest.
    /// </summary>
    public bool SendInitialEvents { get; init; }

    /// <summary>Whether <c>metadata</c> is enough; then a server need not send the rest.</summary>
    public bool MetadataOnly { get; init; }
}

/// <summary>How a deletion treats dependents and races.</summary>
public sealed record DeleteOptions
{
    public static readonly DeleteOptions Background = new();

    /// <summary>Background, Foreground or Orphan.</summary>
    public string PropagationPolicy { get; init; } = "Background";

    /// <summary>Seconds a pod gets to end; null means its own setting.</summary>
    public int? GracePeriodSeconds { get; init; }

    /// <summary>Delete only the object with this uid; another one is a Conflict.</summary>
    public string? Uid { get; init; }
}

/// <summary>Which part of a container's log is wanted.</summary>
/// <param name="Container">The container; null when the pod has only one, or names its default one.</param>
/// <param name="Follow">Whether reading goes on until the container ends.</param>
/// <param name="TailLines">Only so many of the last lines.</param>
public sealed record LogOptions(string? Container = null, bool Follow = false, int? TailLines = null)
{
    /// <summary>The log of the container's life before the present one.</summary>
    public bool Previous { get; init; }

    /// <summary>Only lines written at this time or later.</summary>
    public DateTimeOffset? SinceTime { get; init; }

    /// <summary>Put the time before each line.</summary>
    public bool Timestamps { get; init; }

    /// <summary>Only so many bytes.</summary>
    public long? LimitBytes { get; init; }
}

/// <summary>How a write is checked.</summary>
public sealed record WriteChecks
{
    public static readonly WriteChecks Default = new();

    /// <summary>Everything is checked, nothing is stored.</summary>
    public bool DryRun { get; init; }

    /// <summary><c>Strict</c>, <c>Warn</c> or <c>Ignore</c> unknown and duplicate fields; null is the server's default (Warn).</summary>
    public string? FieldValidation { get; init; }

    /// <summary>Who owns the fields; null is the client's own name.</summary>
    public string? FieldManager { get; init; }
}

/// <summary>The patch formats of the API, by media type.</summary>
public enum PatchType
{
    /// <summary><c>application/merge-patch+json</c> (RFC 7386).</summary>
    Merge,

    /// <summary><c>application/json-patch+json</c> (RFC 6902).</summary>
    Json,

    /// <summary><c>application/strategic-merge-patch+json</c>, core kinds only.</summary>
    Strategic,

    /// <summary><c>application/apply-patch+yaml</c>, server-side apply; needs a field manager.</summary>
    Apply,
}

/// <summary>One patch.</summary>
/// <param name="Type">Its format.</param>
/// <param name="Body">Its document.</param>
/// <param name="FieldManager">Who owns the fields it sets; required for <see cref="PatchType.Apply"/>.</param>
/// <param name="Force">Whether an apply takes fields from other managers.</param>
public sealed record Patch(PatchType Type, JsonNode Body, string? FieldManager = null, bool Force = false);

/// <summary>The items of a list and the version from which to watch on.</summary>
public sealed record ResourceList(IReadOnlyList<JsonObject> Items, string ResourceVersion);

/// <summary>What happened to an object.</summary>
public enum WatchEventType
{
    Added,
    Modified,
    Deleted,
    Bookmark,
}

/// <summary>One event of a watch; a bookmark carries only <c>metadata.resourceVersion</c>.</summary>
public sealed record WatchEvent(WatchEventType Type, JsonObject Resource)
{
    private const string InitialEventsEnd = "k8s.io/initial-events-end";

    /// <summary>The bookmark after the last object of <see cref="WatchOptions.SendInitialEvents"/>.</summary>
    public bool IsEndOfInitialEvents =>
        Type == WatchEventType.Bookmark && Resource["metadata"]?["annotations"] is JsonObject annotations && annotations.ContainsKey(InitialEventsEnd);
}
