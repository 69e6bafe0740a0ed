using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sympozium.Cli.ControlPlanes;

/// <summary>The scripted model that a demo started, as <c>model-stub.json</c> names it.</summary>
internal sealed record DemoModel(int Pid, DateTimeOffset StartTime, Uri Url)
{
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(1);

    /// <summary>The scripted model that really runs for this directory; null when none does.</summary>
    public static DemoModel? FindRunning(DataDirectory data)
    {
        DemoModel? model = TryRead(data.ModelStubFile);
        // Exact to a second: whoever has this pid now and did not start then is a stranger.
        return model is not null && ProcessIdentity.StartTime(model.Pid) is { } started && (started - model.StartTime).Duration() < Tolerance ? model : null;
    }

    /// <summary>Writes the file, so that later demos use this model and <c>down</c> ends it.</summary>
    public void Save(DataDirectory data) => File.WriteAllText(data.ModelStubFile, new JsonObject
    {
        ["pid"] = Pid,
        ["startTime"] = StartTime.ToString("O", CultureInfo.InvariantCulture),
        ["url"] = Url.ToString(),
    }.ToJsonString());

    private static DemoModel? TryRead(string file)
    {
        try
        {
            return JsonNode.Parse(File.ReadAllText(file)) is JsonObject content
                && content["pid"] is { } pid && content["startTime"] is { } started && content["url"] is { } url
                ? new DemoModel(pid.GetValue<int>(), DateTimeOffset.Parse(started.GetValue<string>(), CultureInfo.InvariantCulture), new Uri(url.GetValue<string>()))
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }
}
