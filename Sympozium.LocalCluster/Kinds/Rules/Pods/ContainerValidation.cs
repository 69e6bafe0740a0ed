using System.Globalization;
using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Rules.Pods;

/// <summary>Validates one container.</summary>
internal static class ContainerValidation
{
    private static readonly string[] Handlers = ["exec", "grpc", "httpGet", "sleep", "tcpSocket"];

    public static void Container(JsonObject container, string path, HashSet<string> volumes, HashSet<string> names, long? grace, List<FieldProblem> problems)
    {
        Identity(container, path, names, problems);
        problems.OneOf($"{path}.imagePullPolicy", container["imagePullPolicy"], required: true, "Always", "IfNotPresent", "Never");
        problems.OneOf($"{path}.terminationMessagePolicy", container["terminationMessagePolicy"], required: true, "FallbackToLogsOnError", "File");
        EnvironmentValidation.Variables(container, path, problems);
        Ports(container, path, problems);
        VolumeValidation.Mounts(container, $"{path}.volumeMounts", volumes, problems);
        PodResources.Validate(container.Map("resources"), $"{path}.resources", problems);
        SecurityValidation.Container(container.Map("securityContext"), $"{path}.securityContext", problems);
        foreach (string probe in (string[])["livenessProbe", "readinessProbe", "startupProbe"])
        {
            if (container.Map(probe) is { } check)
            {
                Probe(check, $"{path}.{probe}", isReadiness: probe == "readinessProbe", problems);
            }
        }

        foreach (string hook in (string[])["postStart", "preStop"])
        {
            if (container.Map("lifecycle").Map(hook) is { } handler)
            {
                Handler(handler, $"{path}.lifecycle.{hook}", problems);
                Sleep(handler.Map("sleep"), $"{path}.lifecycle.{hook}.sleep", grace, problems);
            }
        }
    }

    private static void Identity(JsonObject container, string path, HashSet<string> names, List<FieldProblem> problems)
    {
        string name = container.Text("name");
        if (name.Length == 0)
        {
            problems.Required($"{path}.name");
        }
        else
        {
            problems.Invalid($"{path}.name", name, Names.Label(name));
            if (!names.Add(name))
            {
                problems.Duplicate($"{path}.name", name);
            }
        }

        string image = container.Text("image");
        if (image.Length == 0)
        {
            problems.Required($"{path}.image");
        }
        else if (image.Trim().Length != image.Length)
        {
            problems.Invalid($"{path}.image", image, ["must not have leading or trailing whitespace"]);
        }
    }

    // A hook may not sleep longer than the pod has to end.
    private static void Sleep(JsonObject? sleep, string path, long? grace, List<FieldProblem> problems)
    {
        if (grace is { } most && sleep.Integer("seconds") is { } seconds && (seconds < 0 || seconds > most))
        {
            string range = string.Create(CultureInfo.InvariantCulture, $"must be non-negative and less than terminationGracePeriodSeconds ({most})");
            problems.Invalid(path, sleep!["seconds"], range);
        }
    }

    /// <summary>An init container that is not a sidecar ends by itself: it has no probes and no hooks.</summary>
    public static void OnlyForSidecars(JsonObject container, string path, List<FieldProblem> problems)
    {
        if (container.Text("restartPolicy") == "Always")
        {
            return;
        }

        foreach (string field in (string[])["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"])
        {
            if (container[field] is not null)
            {
                problems.Forbidden($"{path}.{field}", $"may not be set for init containers without restartPolicy=Always");
            }
        }
    }

    private static void Ports(JsonObject container, string path, List<FieldProblem> problems)
    {
        HashSet<string> names = new(StringComparer.Ordinal);
        foreach ((int index, JsonObject port) in container.Items("ports"))
        {
            string at = PodValidation.At($"{path}.ports", index);
            if (port.Text("name") is { Length: > 0 } name)
            {
                string[] wrong = [.. Names.PortName(name)];
                problems.Invalid($"{at}.name", name, wrong);
                if (wrong.Length == 0 && !names.Add(name))
                {
                    problems.Duplicate($"{at}.name", name);
                }
            }

            switch (port.Integer("containerPort"))
            {
                case null or 0:
                    problems.Required($"{at}.containerPort");
                    break;
                case < 1 or > 65535:
                    problems.Invalid($"{at}.containerPort", port["containerPort"], "must be between 1 and 65535, inclusive");
                    break;
            }

            if (port.Integer("hostPort") is < 0 or > 65535)
            {
                problems.Invalid($"{at}.hostPort", port["hostPort"], "must be between 1 and 65535, inclusive");
            }

            problems.OneOf($"{at}.protocol", port["protocol"], required: true, "SCTP", "TCP", "UDP");
        }
    }

    private static void Probe(JsonObject probe, string path, bool isReadiness, List<FieldProblem> problems)
    {
        Handler(probe, path, problems);
        foreach (string number in (string[])["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"])
        {
            problems.NotNegative($"{path}.{number}", probe[number]);
        }

        if (probe["terminationGracePeriodSeconds"] is { } grace)
        {
            if (isReadiness)
            {
                problems.Invalid($"{path}.terminationGracePeriodSeconds", grace, "must not be set for readinessProbes");
            }
            else if (GoJson.Integer(grace) is <= 0)
            {
                problems.Invalid($"{path}.terminationGracePeriodSeconds", grace, "must be greater than 0");
            }
        }

        if (!isReadiness && probe.Integer("successThreshold") is > 1)
        {
            problems.Invalid($"{path}.successThreshold", probe["successThreshold"], "must be 1");
        }
    }

    private static void Handler(JsonObject handler, string path, List<FieldProblem> problems)
    {
        string[] present = [.. Handlers.Where(name => handler[name] is not null)];
        if (present.Length == 0)
        {
            problems.Required(path, "must specify a handler type");
        }

        foreach (string extra in present.Skip(1))
        {
            problems.Forbidden($"{path}.{extra}", "may not specify more than 1 handler type");
        }

        if (handler.Map("exec") is { } exec && exec["command"] is not JsonArray { Count: > 0 })
        {
            problems.Required($"{path}.exec.command");
        }

        foreach (string call in (string[])["httpGet", "tcpSocket", "grpc"])
        {
            if (handler.Map(call) is { } target)
            {
                Port(target["port"], $"{path}.{call}.port", problems);
            }
        }

        if (handler.Map("httpGet") is { } http)
        {
            problems.OneOf($"{path}.httpGet.scheme", http["scheme"], required: false, "HTTP", "HTTPS");
            foreach ((_, JsonObject header) in http.Items("httpHeaders"))
            {
                problems.Invalid($"{path}.httpGet.httpHeaders", header.Text("name"), Names.HeaderName(header.Text("name")));
            }
        }
    }

    private static void Port(JsonNode? port, string path, List<FieldProblem> problems)
    {
        if (GoJson.Text(port) is { } name)
        {
            problems.Invalid(path, name, Names.PortName(name));
        }
        else if (GoJson.Integer(port) is not (>= 1 and <= 65535))
        {
            problems.Invalid(path, port ?? 0, "must be between 1 and 65535, inclusive");
        }
    }
}
