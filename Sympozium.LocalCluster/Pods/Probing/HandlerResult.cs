namespace Sympozium.LocalCluster.Pods.Probing;

/// <summary>How an action in or against a container went.</summary>
/// <param name="Ok">Whether it succeeded.</param>
/// <param name="Output">What it said, for Events.</param>
/// <param name="IsError">Whether it could not even be tried.</param>
internal sealed record HandlerResult(bool Ok, string Output, bool IsError = false)
{
    public static HandlerResult Success { get; } = new(true, "");

    public static HandlerResult Failure(string output) => new(false, output);

    public static HandlerResult Error(string output) => new(false, output, IsError: true);
}
