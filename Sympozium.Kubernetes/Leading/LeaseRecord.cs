using System.Globalization;
using System.Text.Json.Nodes;

namespace Sympozium.Kubernetes.Leading;

/// <summary>What a Lease says (<c>coordination.k8s.io/v1</c>).</summary>
/// <param name="Holder">Who leads; empty when nobody does.</param>
/// <param name="Duration">How long the holder may be silent.</param>
/// <param name="Acquired">When the holder began to lead, by its own clock.</param>
/// <param name="Renewed">When the holder last renewed, by its own clock: compared with nobody else's.</param>
/// <param name="Transitions">How often the holder changed.</param>
internal sealed record LeaseRecord(string Holder, TimeSpan Duration, string Acquired, string Renewed, int Transitions)
{
    public static LeaseRecord Read(JsonObject lease)
    {
        JsonNode? spec = lease["spec"];
        return new LeaseRecord(
            Text(spec?["holderIdentity"]),
            TimeSpan.FromSeconds(Number(spec?["leaseDurationSeconds"])),
            Text(spec?["acquireTime"]),
            Text(spec?["renewTime"]),
            Number(spec?["leaseTransitions"]));
    }

    public JsonObject ToSpec()
    {
        var spec = new JsonObject
        {
            ["holderIdentity"] = Holder,
            ["leaseDurationSeconds"] = (int)Math.Ceiling(Duration.TotalSeconds),
            ["leaseTransitions"] = Transitions,
        };
        if (Acquired.Length > 0)
        {
            spec["acquireTime"] = Acquired;
        }

        if (Renewed.Length > 0)
        {
            spec["renewTime"] = Renewed;
        }

        return spec;
    }

    /// <summary>A moment as Leases write it (meta/v1 MicroTime).</summary>
    public static string Micro(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    private static string Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : "";

    private static int Number(JsonNode? node) => node is JsonValue value && value.TryGetValue(out int number) ? number : 0;
}
