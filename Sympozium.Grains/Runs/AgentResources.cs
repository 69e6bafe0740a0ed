using Sympozium.Abstractions.Policies;
using Sympozium.Abstractions.Resources;

namespace Sympozium.Grains.Runs;

/// <summary>Requests and limits of the agent container, as Kubernetes quantities.</summary>
public sealed record AgentResources(string CpuRequest, string MemoryRequest, string CpuLimit, string MemoryLimit)
{
    /// <summary>When neither run, instance nor policy say anything.</summary>
    public static readonly AgentResources Usual = new("250m", "512Mi", "1", "1Gi");

    /// <summary>What the sandbox settings ask for, else the usual, never more than the policy's limits; a request is never more than its limit.</summary>
    public static AgentResources Of(PolicySubject subject, EffectivePolicy policy)
    {
        string cpu = Lower(Asked(subject.Cpu, "limits") ?? Usual.CpuLimit, policy.MaxCpu?.Value);
        string memory = Lower(Asked(subject.Memory, "limits") ?? Usual.MemoryLimit, policy.MaxMemory?.Value);
        return new AgentResources(
            Lower(Asked(subject.Cpu, "requests") ?? Usual.CpuRequest, Read(cpu)),
            Lower(Asked(subject.Memory, "requests") ?? Usual.MemoryRequest, Read(memory)),
            cpu,
            memory);
    }

    private static string? Asked(IReadOnlyList<Stated<string>> amounts, string kind) =>
        amounts.Where(amount => amount.Path.Contains($".{kind}.", StringComparison.Ordinal) && Read(amount.Value) is not null).Select(amount => amount.Value).FirstOrDefault();

    private static Quantity? Read(string text) => Quantity.TryParse(text, out Quantity quantity) ? quantity : null;

    private static string Lower(string amount, Quantity? most) => most is { } limit && Read(amount) is { } asked && asked > limit ? limit.ToString() : amount;
}
