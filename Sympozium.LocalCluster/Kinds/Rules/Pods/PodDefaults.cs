using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Rules.Pods;

/// <summary>Defaults of a pod's spec, in pods and in pod templates.</summary>
internal static class PodDefaults
{
    private const int FileMode = 420; // 0644
    private const int TokenSeconds = 3600;

    public static void Apply(JsonObject spec)
    {
        spec.Default("dnsPolicy", "ClusterFirst");
        spec.Default("restartPolicy", "Always");
        spec.Default("schedulerName", "default-scheduler");
        spec.Default("terminationGracePeriodSeconds", 30);
        spec.Ensure("securityContext");
        if (spec.Text("serviceAccountName") is { Length: > 0 } account)
        {
            spec["serviceAccount"] = account;
        }
        else if (spec.Text("serviceAccount") is { Length: > 0 } old)
        {
            spec["serviceAccountName"] = old;
        }

        bool hostNetwork = spec.IsTrue("hostNetwork");
        foreach (string list in (string[])["initContainers", "containers", "ephemeralContainers"])
        {
            foreach ((_, JsonObject container) in spec.Items(list))
            {
                Container(container, hostNetwork);
            }
        }

        foreach ((_, JsonObject volume) in spec.Items("volumes"))
        {
            Volume(volume);
        }
    }

    /// <summary>Pods (not templates): what is limited is requested as much, unless said otherwise.</summary>
    public static void RequestsFromLimits(JsonObject spec)
    {
        foreach (string list in (string[])["initContainers", "containers"])
        {
            foreach ((_, JsonObject container) in spec.Items(list))
            {
                if (container.Map("resources") is not { } resources || resources.Map("limits") is not { Count: > 0 } limits)
                {
                    continue;
                }

                JsonObject requests = resources.Ensure("requests");
                foreach ((string name, JsonNode? amount) in limits)
                {
                    if (!requests.ContainsKey(name))
                    {
                        requests[name] = amount?.DeepClone();
                    }
                }
            }
        }
    }

    /// <summary>Images without a tag or with <c>latest</c> are pulled always.</summary>
    public static string PullPolicy(string image)
    {
        if (image.Contains('@', StringComparison.Ordinal))
        {
            return "IfNotPresent";
        }

        int colon = image.LastIndexOf(':');
        bool tagged = colon > image.LastIndexOf('/');
        return tagged && image[(colon + 1)..] != "latest" ? "IfNotPresent" : "Always";
    }

    private static void Container(JsonObject container, bool hostNetwork)
    {
        container.Ensure("resources");
        container.Default("imagePullPolicy", PullPolicy(container.Text("image")));
        container.Default("terminationMessagePath", "/dev/termination-log");
        container.Default("terminationMessagePolicy", "File");
        foreach ((_, JsonObject port) in container.Items("ports"))
        {
            port.Default("protocol", "TCP");
            if (hostNetwork && port["hostPort"] is null)
            {
                port["hostPort"] = port["containerPort"]?.DeepClone();
            }
        }

        foreach ((_, JsonObject variable) in container.Items("env"))
        {
            variable.Map("valueFrom").Map("fieldRef")?.Default("apiVersion", "v1");
        }

        foreach (string probe in (string[])["livenessProbe", "readinessProbe", "startupProbe"])
        {
            if (container.Map(probe) is { } check)
            {
                Probe(check);
            }
        }

        foreach (string hook in (string[])["postStart", "preStop"])
        {
            Http(container.Map("lifecycle").Map(hook).Map("httpGet"));
        }
    }

    private static void Probe(JsonObject probe)
    {
        probe.Default("timeoutSeconds", 1);
        probe.Default("periodSeconds", 10);
        probe.Default("successThreshold", 1);
        probe.Default("failureThreshold", 3);
        Http(probe.Map("httpGet"));
        probe.Map("grpc")?.Default("service", "");
    }

    private static void Http(JsonObject? call)
    {
        call?.Default("path", "/");
        call?.Default("scheme", "HTTP");
    }

    private static void Volume(JsonObject volume)
    {
        if (volume.Count == 1 && volume.ContainsKey("name"))
        {
            volume["emptyDir"] = new JsonObject();
        }

        volume.Map("secret")?.Default("defaultMode", FileMode);
        volume.Map("configMap")?.Default("defaultMode", FileMode);
        volume.Map("hostPath")?.Default("type", "");
        volume.Map("image")?.Default("pullPolicy", PullPolicy(volume.Map("image").Text("reference")));
        if (volume.Map("downwardAPI") is { } downward)
        {
            downward.Default("defaultMode", FileMode);
            FieldReferences(downward);
        }

        if (volume.Map("projected") is not { } projected)
        {
            return;
        }

        projected.Default("defaultMode", FileMode);
        foreach ((_, JsonObject source) in projected.Items("sources"))
        {
            source.Map("serviceAccountToken")?.Default("expirationSeconds", TokenSeconds);
            FieldReferences(source.Map("downwardAPI"));
        }
    }

    private static void FieldReferences(JsonObject? files)
    {
        foreach ((_, JsonObject file) in files.Items("items"))
        {
            file.Map("fieldRef")?.Default("apiVersion", "v1");
        }
    }
}
