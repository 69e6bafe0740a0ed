using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;

namespace Sympozium.Abstractions.Resources;

/// <summary>
/// A tool call that waits for a person, because a policy says ask. It is answered by setting spec.decision, once; nothing else of the spec
/// may change.
/// </summary>
public sealed record ToolApprovalSpec
{
    /// <summary>Name of the AgentRun, in this namespace, that waits.</summary>
    [StringLength(253, MinimumLength = 1)]
    public required string RunRef { get; init; }

    /// <summary>Name of the SympoziumInstance or Agent that the run belongs to.</summary>
    public string? InstanceRef { get; init; }

    /// <summary>Id of the call inside the run.</summary>
    [StringLength(253, MinimumLength = 1)]
    public required string CallId { get; init; }

    /// <summary>Name of the tool.</summary>
    [StringLength(253, MinimumLength = 1)]
    public required string Tool { get; init; }

    /// <summary>Arguments of the call, as the model gave them.</summary>
    public JsonObject? Arguments { get; init; }

    /// <summary>Policy whose rule asks.</summary>
    public string? PolicyRef { get; init; }

    /// <summary>Why it is asked, for the one who answers.</summary>
    public string? Reason { get; init; }

    /// <summary>Who may answer; empty means everybody who may change this object.</summary>
    public IReadOnlyList<ApproverSpec>? Approvers { get; init; }

    /// <summary>How long the call waits, as a Go duration.</summary>
    [DefaultValue("30m")]
    public string? Timeout { get; init; }

    /// <summary>What happens when nobody has answered in time: the call is denied, is allowed, or the whole run fails.</summary>
    [DefaultValue("deny")]
    [AllowedWords("deny", "allow", "fail")]
    public string? OnTimeout { get; init; }

    /// <summary>The answer.</summary>
    public ApprovalDecisionSpec? Decision { get; init; }
}

/// <summary>Somebody who may answer.</summary>
public sealed record ApproverSpec
{
    /// <summary>What the name is: a user or group of Kubernetes, or a sender in a channel.</summary>
    [AllowedWords("User", "Group", "ChannelSender")]
    public required string Kind { get; init; }

    /// <summary>Name of the user or group, or id of the sender.</summary>
    [StringLength(253, MinimumLength = 1)]
    public required string Name { get; init; }

    /// <summary>Channel of a ChannelSender.</summary>
    [AllowedWords("telegram", "slack", "discord", "whatsapp")]
    public string? Channel { get; init; }
}

/// <summary>An answer.</summary>
public sealed record ApprovalDecisionSpec
{
    /// <summary>approve lets the call go on, deny refuses it; the agent hears why.</summary>
    [AllowedWords("approve", "deny")]
    public required string Verdict { get; init; }

    /// <summary>Why, for the agent and the audit.</summary>
    [StringLength(4096)]
    public string? Reason { get; init; }

    /// <summary>Who answered: the user who made the change, as the API server knows them. Admission sets it; what stands here is overwritten.</summary>
    public string? By { get; init; }

    /// <summary>Whom that user answers for, when it is a channel or the dashboard.</summary>
    [StringLength(253)]
    public string? OnBehalfOf { get; init; }
}

/// <summary>What became of an approval.</summary>
public sealed record ToolApprovalStatus
{
    /// <summary>Pending, Approved, Denied, Expired or Cancelled.</summary>
    public string? Phase { get; init; }

    /// <summary>Who answered.</summary>
    public string? DecidedBy { get; init; }

    /// <summary>When the answer was taken.</summary>
    public DateTimeOffset? DecidedAt { get; init; }

    /// <summary>When the call stops waiting.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>For a person.</summary>
    public string? Message { get; init; }

    /// <summary>Generation of the spec that this status is about.</summary>
    public long? ObservedGeneration { get; init; }

    /// <summary>Conditions in the usual form.</summary>
    [Items(Key = "type")]
    public IReadOnlyList<ConditionStatus>? Conditions { get; init; }
}
