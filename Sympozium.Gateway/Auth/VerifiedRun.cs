using Sympozium.Abstractions.Broker;
using Sympozium.Abstractions.Tracing;

namespace Sympozium.Gateway.Auth;

/// <summary>The run whose pod calls.</summary>
/// <param name="Token">What its token says.</param>
/// <param name="Trace">Where it stands in its trace; null when nothing is traced.</param>
internal sealed record VerifiedRun(RunToken Token, RunTrace? Trace);
