namespace Sympozium.Conformance.Tests.Cases;

/// <summary>Parts of the cases that run at the same time.</summary>
public enum ConformancePart
{
    Objects,
    CustomResources,
    Protocol,
    Workloads,
}
