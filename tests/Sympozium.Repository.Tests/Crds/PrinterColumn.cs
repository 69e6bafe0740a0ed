namespace Sympozium.Repository.Tests.Crds;

/// <summary>A column of <c>kubectl get</c>; a wide one is shown with <c>-o wide</c> only.</summary>
internal sealed record PrinterColumn(string Name, string Type, string Path, string Description, bool Wide = false)
{
    public static readonly PrinterColumn Age = new("Age", "date", ".metadata.creationTimestamp", "When it was created");

    public static readonly PrinterColumn Phase = new("Phase", "string", ".status.phase", "Where it is in its life");

    /// <summary>Both spellings of the reference: a path may name several fields, and the first that is there is shown.</summary>
    public static readonly PrinterColumn Instance = new("Agent", "string", ".spec['instanceRef','agentRef']", "SympoziumInstance or Agent that executes it");
}
