using Xunit;
using Xunit.Sdk;

namespace Sympozium.Testing.Live;

/// <summary>A fact about an <see cref="AgentWorld"/>, wherever that is; skipped where <see cref="SkipTestException"/> says that there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("Sympozium.Testing.Live.SkippableFactDiscoverer", "Sympozium.Testing")]
public sealed class WorldFactAttribute : FactAttribute;
