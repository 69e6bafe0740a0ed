namespace Sympozium.Testing.Live;

/// <summary>Thrown by a test of a live cluster which finds that this cluster lacks what the test is about; it then counts as skipped, with this reason.</summary>
public sealed class SkipTestException(string reason) : Exception(reason);
