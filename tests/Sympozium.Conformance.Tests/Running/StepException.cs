namespace Sympozium.Conformance.Tests.Running;

/// <summary>A step could not be done to its end.</summary>
public sealed class StepException(string message) : Exception(message);
