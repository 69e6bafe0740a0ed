using Sympozium.Conformance.Tests.Cases;

namespace Sympozium.Conformance.Tests;

/// <summary>The list of known differences speaks of cases that exist.</summary>
public sealed class KnownDifferencesTests
{
    [Fact]
    public void List_EveryId_IsACase() => Assert.Empty(KnownDifferences.Ids.Except(ConformanceCase.Ids));
}
