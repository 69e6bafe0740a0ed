using Xunit.Abstractions;
using Xunit.Sdk;

namespace Sympozium.Testing.Live;

/// <summary>Makes the cases of <see cref="LiveClusterFactAttribute"/>.</summary>
public sealed class SkippableFactDiscoverer(IMessageSink diagnostics) : FactDiscoverer(diagnostics)
{
    protected override IXunitTestCase CreateTestCase(ITestFrameworkDiscoveryOptions discoveryOptions, ITestMethod testMethod, IAttributeInfo factAttribute) =>
        new SkippableTestCase(DiagnosticMessageSink, discoveryOptions.MethodDisplayOrDefault(), discoveryOptions.MethodDisplayOptionsOrDefault(), testMethod);
}
