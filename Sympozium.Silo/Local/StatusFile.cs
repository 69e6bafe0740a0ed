using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sympozium.Silo.Local;

/// <summary>The file <c>status.json</c>: there while the control plane is ready, so that commands find it.</summary>
internal sealed class StatusFile(string dataDirectory)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private readonly string _path = Path.Combine(dataDirectory, "status.json");

    /// <summary>Writes the file at once: a reader sees all of it or nothing.</summary>
    public void Write(string gateway, string kubernetes, string kubeconfig, string tokenFile, string isolation) => Write(
        ("gateway", gateway), ("kubernetes", kubernetes), ("kubeconfig", kubeconfig), ("tokenFile", tokenFile), ("isolation", isolation));

    /// <summary>Writes the file of a control plane beside somebody else's Kubernetes API.</summary>
    public void WriteCluster(string gateway, string kubernetes, string tokenFile, string health) => Write(
        ("gateway", gateway), ("kubernetes", kubernetes), ("tokenFile", tokenFile), ("health", health));

    /// <summary>Removes the file.</summary>
    public void Remove() => File.Delete(_path);

    private void Write(params (string Name, string Value)[] facts)
    {
        var status = new JsonObject { ["pid"] = Environment.ProcessId, ["version"] = Usage.Version };
        foreach ((string name, string value) in facts)
        {
            status[name] = value;
        }

        string temporary = _path + ".new";
        File.WriteAllText(temporary, status.ToJsonString(Indented) + "\n");
        File.Move(temporary, _path, overwrite: true);
    }
}
