namespace Sympozium.LocalCluster.Pods.Probing;

/// <summary>How an action in or against a container went.</summary>
/// <param name="Ok">Whether it succeeded.</param>
/// <param name="Output">What it said, for Events.</param>
/// <param name="IsError">Whether it could not even be tried.</param>
/// <param name="IsWarning">Whether it succeeded in a way that is worth a word.</param>
internal sealed record HandlerResult(bool Ok, string Output, bool IsError = false, bool IsWarning = false)
{
    public static HandlerResult Success { get; } = new(true, "");

    public static HandlerResult Warned(string output) => new(true, output, IsWarning: true);

    public static HandlerResult Failure(string output) => new(false, output);

    public static HandlerResult Error(string output) => new(false, output, IsError: true);
}
