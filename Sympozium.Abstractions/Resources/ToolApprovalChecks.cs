namespace Sympozium.Abstractions.Resources;

/// <summary>Rules of ToolApproval that a schema cannot say.</summary>
internal static class ToolApprovalChecks
{
    public static void Check(ToolApprovalSpec spec, ICollection<ResourceProblem> problems)
    {
        FieldChecks.Name("spec.runRef", spec.RunRef, "AgentRun", problems);
        FieldChecks.Name("spec.instanceRef", spec.InstanceRef, "SympoziumInstance or Agent", problems);
        FieldChecks.Name("spec.policyRef", spec.PolicyRef, "SympoziumPolicy", problems);
        FieldChecks.ToolNames("spec.tool", [spec.Tool], problems);
        FieldChecks.Duration("spec.timeout", spec.Timeout, problems);
        for (int i = 0; i < (spec.Approvers?.Count ?? 0); i++)
        {
            ApproverSpec approver = spec.Approvers![i];
            if (approver.Kind == "ChannelSender" == string.IsNullOrEmpty(approver.Channel))
            {
                string problem = approver.Kind == "ChannelSender" ? "is required: the channel that the sender writes in" : $"cannot be used with kind {approver.Kind}";
                problems.Add(new($"{FieldChecks.Item("spec.approvers", i)}.channel", problem));
            }
        }
    }
}
