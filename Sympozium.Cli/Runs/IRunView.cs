namespace Sympozium.Cli.Runs;

/// <summary>Shows a run while it goes on.</summary>
internal interface IRunView
{
    void Show(RunEvent runEvent);

    /// <summary>The live stream broke; it is tried again, or from now on the resource is watched.</summary>
    void StreamBroke(string why, bool isLast);
}
