using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Sympozium.Abstractions;
using Sympozium.Abstractions.Events;
using Sympozium.Abstractions.Ipc;
using Sympozium.Abstractions.Policies;

namespace Sympozium.Grains.Runs;

/// <summary>
/// Pure: <see cref="RunPlan"/> → Job, ConfigMaps and Secret. The pod has the container <c>agent</c> and the native sidecar
/// <c>ipc-bridge</c> (an init container with restartPolicy Always), and no provider key.
/// </summary>
public static class JobRenderer
{
    private const string TokenKey = "token";
    private const string Runner = "sympozium-runner";

    /// <summary>
    /// Renders a run's objects. <paramref name="token"/> is the run's signed token; <paramref name="bus"/> how its bridge speaks on the bus, null
    /// through the gateway.
    /// </summary>
    public static RenderedRun Render(RunPlan plan, string token, PodBusAccess? bus, JobRenderOptions options)
    {
        string run = plan.Run.Name;
        return new RenderedRun(
            new JsonObject
            {
                ["apiVersion"] = "v1",
                ["kind"] = "ConfigMap",
                ["metadata"] = Metadata(plan, RunObjectNames.Input(run)),
                ["data"] = InputFiles(plan),
            },
            new JsonObject
            {
                ["apiVersion"] = "v1",
                ["kind"] = "Secret",
                ["metadata"] = Metadata(plan, RunObjectNames.Token(run)),
                ["type"] = "Opaque",
                ["data"] = Secrets(token, bus),
            },
            [.. plan.MirroredSkills.Select(skill => new JsonObject
            {
                ["apiVersion"] = "v1",
                ["kind"] = "ConfigMap",
                ["metadata"] = Metadata(plan, RunObjectNames.MirroredSkill(run, skill.Pack)),
                ["data"] = new JsonObject(skill.Files.Select(file => KeyValuePair.Create(file.Key, (JsonNode?)file.Value))),
            })],
            new JsonObject
            {
                ["apiVersion"] = "batch/v1",
                ["kind"] = "Job",
                ["metadata"] = Traced(Metadata(plan, RunObjectNames.Job(run)), plan),
                ["spec"] = JobSpec(plan, bus, options),
            });
    }

    private static JsonObject JobSpec(RunPlan plan, PodBusAccess? bus, JobRenderOptions options) => new()
    {
        ["backoffLimit"] = 0,
        ["ttlSecondsAfterFinished"] = (int)options.TtlAfterFinished.TotalSeconds,
        ["activeDeadlineSeconds"] = (int)Math.Ceiling((plan.Timeout + options.DeadlineGrace).TotalSeconds),
        ["template"] = new JsonObject
        {
            ["metadata"] = Traced(new JsonObject { ["labels"] = Labels(plan), ["annotations"] = Annotations(plan) }, plan),
            ["spec"] = PodSpec(plan, bus, options),
        },
    };

    private static JsonObject PodSpec(RunPlan plan, PodBusAccess? bus, JobRenderOptions options)
    {
        var spec = new JsonObject
        {
            ["restartPolicy"] = "Never",
            ["serviceAccountName"] = SympoziumNames.AgentServiceAccount,
            ["automountServiceAccountToken"] = false,
            ["enableServiceLinks"] = false,
            ["terminationGracePeriodSeconds"] = (int)options.TerminationGrace.TotalSeconds,
            ["securityContext"] = new JsonObject
            {
                ["runAsNonRoot"] = true,
                ["runAsUser"] = 1000,
                ["runAsGroup"] = 1000,
                ["fsGroup"] = 1000,
                ["seccompProfile"] = new JsonObject { ["type"] = "RuntimeDefault" },
            },
            ["initContainers"] = new JsonArray(Bridge(plan, bus, options)),
            ["containers"] = new JsonArray(Agent(plan, options)),
            ["volumes"] = Volumes(plan, bus, options),
        };
        if (plan.NodeSelector.Count > 0)
        {
            spec["nodeSelector"] = Strings(plan.NodeSelector);
        }

        if (plan.RuntimeClass is not null)
        {
            spec["runtimeClassName"] = plan.RuntimeClass;
        }

        if (plan.ImagePullSecrets.Count > 0)
        {
            spec["imagePullSecrets"] = new JsonArray([.. plan.ImagePullSecrets.Select(name => new JsonObject { ["name"] = name })]);
        }

        return spec;
    }

    private static JsonObject Agent(RunPlan plan, JobRenderOptions options) => new()
    {
        ["name"] = "agent",
        ["image"] = options.RunnerImage,
        ["imagePullPolicy"] = "IfNotPresent",
        ["command"] = new JsonArray(Runner, "agent"),
        ["workingDir"] = "/workspace",
        ["env"] = AgentEnvironment(plan, options),
        ["resources"] = Resources(plan.Resources.CpuRequest, plan.Resources.MemoryRequest, plan.Resources.CpuLimit, plan.Resources.MemoryLimit),
        ["securityContext"] = Hardening(),
        ["volumeMounts"] = new JsonArray(
        [
            Mount("workspace", "/workspace"),
            Mount("skills", "/skills", readOnly: true),
            Mount("ipc", IpcPaths.DefaultRoot),
            Mount("tmp", "/tmp"),
            Mount("input", PodEnvironment.InputMount, readOnly: true),
            .. GatewayMount(options),
        ]),
    };

    private static JsonObject Bridge(RunPlan plan, PodBusAccess? bus, JobRenderOptions options) => new()
    {
        ["name"] = "ipc-bridge",
        ["image"] = options.RunnerImage,
        ["imagePullPolicy"] = "IfNotPresent",
        ["command"] = new JsonArray(Runner, "ipc-bridge"),
        ["restartPolicy"] = "Always",
        ["env"] = new JsonArray([.. Identity(plan), .. GatewayAccess(options, plan, bus), .. BusAccess(options, bus), Variable(PodEnvironment.AllowedOutboundChannels, string.Join(',', plan.Channels)), .. Trace(plan)]),
        ["resources"] = Resources("50m", "64Mi", "1", "128Mi"),
        ["securityContext"] = Hardening(),
        ["volumeMounts"] = new JsonArray([Mount("ipc", IpcPaths.DefaultRoot), .. GatewayMount(options), .. BusMount(bus)]),
    };

    /// <summary>The agent's container gets the first by name, the bridge's the second as a file: neither sees the other's.</summary>
    private static JsonObject Secrets(string token, PodBusAccess? bus)
    {
        var data = new JsonObject { [TokenKey] = Convert.ToBase64String(Encoding.ASCII.GetBytes(token)) };
        if (bus is not null)
        {
            data[PodEnvironment.BusCredentialsFile] = Convert.ToBase64String(Encoding.ASCII.GetBytes(bus.Credentials));
            if (bus.Authority is { } authority)
            {
                data[PodEnvironment.BusAuthorityFile] = Convert.ToBase64String(Encoding.ASCII.GetBytes(authority));
            }
        }

        return data;
    }

    private static IEnumerable<JsonNode> BusAccess(JobRenderOptions options, PodBusAccess? bus) => bus is null
        ? []
        :
        [
            Variable(PodEnvironment.EventBusCredentials, $"{PodEnvironment.BusMount}/{PodEnvironment.BusCredentialsFile}"),
            .. bus.Authority is null ? [] : (JsonNode[])[Variable(PodEnvironment.EventBusAuthority, $"{PodEnvironment.BusMount}/{PodEnvironment.BusAuthorityFile}")],
            Variable(PodEnvironment.GatewayUrl, options.GatewayUrl),
        ];

    private static JsonArray AgentEnvironment(RunPlan plan, JobRenderOptions options)
    {
        List<JsonNode?> variables =
        [
            .. Identity(plan),
            .. GatewayAccess(options, plan, null),
            Variable(PodEnvironment.AgentId, plan.AgentId),
            Variable(PodEnvironment.SessionKey, plan.SessionKey),
            Variable(PodEnvironment.InputDirectory, PodEnvironment.InputMount),
            Variable(PodEnvironment.ModelProvider, plan.Model.Provider),
            Variable(PodEnvironment.ModelName, plan.Model.Model),
            Variable(PodEnvironment.RunTimeoutSeconds, ((int)Math.Ceiling(plan.Timeout.TotalSeconds)).ToString(CultureInfo.InvariantCulture)),
            Variable(PodEnvironment.ToolPolicyAllow, plan.Tools.Default == ToolAction.Allow ? "" : string.Join(',', plan.Tools.Mentioned(ToolAction.Allow))),
            Variable(PodEnvironment.ToolPolicyDeny, string.Join(',', plan.Tools.Mentioned(ToolAction.Deny))),
            Variable(PodEnvironment.AllowedOutboundChannels, string.Join(',', plan.Channels)),
        ];
        if (plan.Tools.Layers.Count > 0)
        {
            variables.Add(Variable(PodEnvironment.ToolGate, plan.Tools.Write()));
        }

        if (plan.DryRun)
        {
            variables.Add(Variable(PodEnvironment.DryRun, "true"));
        }

        variables.AddRange(Trace(plan));

        // The user's own variables come last and sorted, but can never replace what identifies the run.
        HashSet<string> taken = [.. variables.Select(variable => (string)variable!["name"]!)];
        variables.AddRange(plan.Env.Where(pair => !taken.Contains(pair.Key)).Select(pair => Variable(pair.Key, pair.Value)));
        return new JsonArray([.. variables]);
    }

    private static IEnumerable<JsonNode> Trace(RunPlan plan)
    {
        if (plan.TraceParent is not null)
        {
            yield return Variable(PodEnvironment.TraceParent, plan.TraceParent);
        }

        if (plan is { TraceParent: not null, TraceState: not null })
        {
            yield return Variable(PodEnvironment.TraceState, plan.TraceState);
        }

        if (plan.ReportsSpans)
        {
            yield return Variable(PodEnvironment.ReportSpans, "true");
        }
    }

    private static IEnumerable<JsonNode> Identity(RunPlan plan) =>
    [
        Variable(PodEnvironment.RunId, plan.Run.Name),
        Variable(PodEnvironment.Namespace, plan.Run.Namespace),
        Variable(PodEnvironment.Instance, plan.Instance),

        // The runtime's diagnostic socket would let a command of the model read the agent's memory; without it the start is faster, too.
        Variable("DOTNET_EnableDiagnostics", "0"),
    ];

    private static List<JsonNode> GatewayAccess(JobRenderOptions options, RunPlan plan, PodBusAccess? bus)
    {
        bool socket = options.GatewaySocketDirectory is not null;
        string socketPath = $"{PodEnvironment.GatewayMount}/{PodEnvironment.GatewaySocketFile}";
        List<JsonNode> variables =
        [
            Variable(PodEnvironment.OpenAiBaseUrl, options.GatewayUrl + "/broker/v1"),
            new JsonObject
            {
                ["name"] = PodEnvironment.OpenAiApiKey,
                ["valueFrom"] = new JsonObject
                {
                    ["secretKeyRef"] = new JsonObject { ["name"] = RunObjectNames.Token(plan.Run.Name), ["key"] = TokenKey },
                },
            },
            Variable(PodEnvironment.EventBusUrl, bus is not null ? bus.Url : socket ? "unix://" + socketPath : options.GatewayUrl),
        ];
        if (socket)
        {
            variables.Add(Variable(PodEnvironment.GatewaySocket, socketPath));
        }

        return variables;
    }

    private static IEnumerable<JsonNode> GatewayMount(JobRenderOptions options) =>
        options.GatewaySocketDirectory is null ? [] : [Mount("gateway", PodEnvironment.GatewayMount)];

    private static IEnumerable<JsonNode> BusMount(PodBusAccess? bus) => bus is null ? [] : [Mount("bus", PodEnvironment.BusMount, readOnly: true)];

    private static JsonArray Volumes(RunPlan plan, PodBusAccess? bus, JobRenderOptions options)
    {
        IEnumerable<string> skills = plan.SkillConfigMaps.Concat(plan.MirroredSkills.Select(skill => RunObjectNames.MirroredSkill(plan.Run.Name, skill.Pack)));
        JsonArray sources = new([.. skills.Select(name => new JsonObject { ["configMap"] = new JsonObject { ["name"] = name } })]);
        var volumes = new JsonArray(
            EmptyDir("workspace", "1Gi"),
            EmptyDir("ipc", "64Mi", "Memory"),
            EmptyDir("tmp", "256Mi"),
            sources.Count == 0 ? EmptyDir("skills", "1Mi") : new JsonObject { ["name"] = "skills", ["projected"] = new JsonObject { ["sources"] = sources } },
            new JsonObject { ["name"] = "input", ["configMap"] = new JsonObject { ["name"] = RunObjectNames.Input(plan.Run.Name) } });
        if (options.GatewaySocketDirectory is not null)
        {
            volumes.Add(new JsonObject
            {
                ["name"] = "gateway",
                ["hostPath"] = new JsonObject { ["path"] = options.GatewaySocketDirectory, ["type"] = "Directory" },
            });
        }

        if (bus is not null)
        {
            string[] files = bus.Authority is null ? [PodEnvironment.BusCredentialsFile] : [PodEnvironment.BusCredentialsFile, PodEnvironment.BusAuthorityFile];
            volumes.Add(new JsonObject
            {
                ["name"] = "bus",
                ["secret"] = new JsonObject
                {
                    ["secretName"] = RunObjectNames.Token(plan.Run.Name),
                    ["items"] = new JsonArray([.. files.Select(file => new JsonObject { ["key"] = file, ["path"] = file })]),
                },
            });
        }

        return volumes;
    }

    private static JsonObject InputFiles(RunPlan plan)
    {
        var files = new JsonObject
        {
            ["task"] = plan.Task,
            ["system-prompt"] = plan.SystemPrompt,
            ["agent-id"] = plan.AgentId,
            ["session-key"] = plan.SessionKey,
        };
        if (plan.Messages is not null)
        {
            files["messages"] = plan.Messages;
        }

        return files;
    }

    private static JsonObject Metadata(RunPlan plan, string name) => new()
    {
        ["name"] = name,
        ["namespace"] = plan.Run.Namespace,
        ["labels"] = Labels(plan),
        ["annotations"] = Annotations(plan),
        ["ownerReferences"] = new JsonArray(new JsonObject
        {
            ["apiVersion"] = SympoziumNames.ApiVersion,
            ["kind"] = "AgentRun",
            ["name"] = plan.Run.Name,
            ["uid"] = plan.RunUid,
            ["controller"] = true,
            ["blockOwnerDeletion"] = true,
        }),
    };

    private static JsonObject Labels(RunPlan plan) => new()
    {
        [SympoziumNames.RunLabel] = RunObjectNames.LabelValue(plan.Run.Name),
        [SympoziumNames.InstanceLabel] = RunObjectNames.LabelValue(plan.Instance),
        [SympoziumNames.ComponentLabel] = "agent-run",
        [SympoziumNames.RoleLabel] = "agent",
        [SympoziumNames.EgressLabel] = plan.EgressAllowed ? SympoziumNames.EgressAllowed : SympoziumNames.EgressDenied,
        ["app.kubernetes.io/part-of"] = "sympozium",
        ["app.kubernetes.io/managed-by"] = "sympozium-controller",
    };

    /// <summary>Labels shorten long names; the annotation always has the whole one.</summary>
    private static JsonObject Annotations(RunPlan plan) => new() { [SympoziumNames.RunLabel] = plan.Run.Name };

    /// <summary>The trace context stands on Job and pod, too, for whoever acts on them.</summary>
    private static JsonObject Traced(JsonObject metadata, RunPlan plan)
    {
        if (plan.TraceParent is not null)
        {
            metadata["annotations"]![SympoziumNames.TraceParentAnnotation] = plan.TraceParent;
        }

        if (plan is { TraceParent: not null, TraceState: not null })
        {
            metadata["annotations"]![SympoziumNames.TraceStateAnnotation] = plan.TraceState;
        }

        return metadata;
    }

    private static JsonObject Hardening() => new()
    {
        ["allowPrivilegeEscalation"] = false,
        ["readOnlyRootFilesystem"] = true,
        ["capabilities"] = new JsonObject { ["drop"] = new JsonArray("ALL") },
    };

    private static JsonObject Resources(string cpu, string memory, string cpuLimit, string memoryLimit) => new()
    {
        ["requests"] = new JsonObject { ["cpu"] = cpu, ["memory"] = memory },
        ["limits"] = new JsonObject { ["cpu"] = cpuLimit, ["memory"] = memoryLimit },
    };

    private static JsonObject EmptyDir(string name, string sizeLimit, string? medium = null)
    {
        var emptyDir = new JsonObject { ["sizeLimit"] = sizeLimit };
        if (medium is not null)
        {
            emptyDir["medium"] = medium;
        }

        return new JsonObject { ["name"] = name, ["emptyDir"] = emptyDir };
    }

    private static JsonObject Mount(string name, string path, bool readOnly = false)
    {
        var mount = new JsonObject { ["name"] = name, ["mountPath"] = path };
        if (readOnly)
        {
            mount["readOnly"] = true;
        }

        return mount;
    }

    private static JsonObject Variable(string name, string value) => new() { ["name"] = name, ["value"] = value };

    private static JsonObject Strings(IReadOnlyDictionary<string, string> pairs) =>
        new(pairs.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value)));
}
