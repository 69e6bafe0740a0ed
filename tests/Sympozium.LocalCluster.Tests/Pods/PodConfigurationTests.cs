using System.Buffers.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Pods;

namespace Sympozium.LocalCluster.Tests.Pods;

/// <summary>Variables, volumes and images of pods.</summary>
public sealed class PodConfigurationTests
{
    [Fact]
    public async Task Pod_VariablesFromEverywhere_AreResolved()
    {
        await using PodRig rig = await PodRig.StartAsync();
        await rig.CreateAsync(CoreTypes.Secrets, """{"metadata":{"name":"keys"},"stringData":{"KEY":"s3cret"}}""");
        await rig.CreateAsync(CoreTypes.ConfigMaps, """{"metadata":{"name":"settings"},"data":{"COLOUR":"blue"}}""");

        await rig.CreatePodAsync("env", """
            {"restartPolicy":"Never","containers":[{"name":"main","image":"any","envFrom":[{"prefix":"P_","configMapRef":{"name":"settings"}}],
             "resources":{"limits":{"memory":"64Mi"}},
             "env":[{"name":"A","value":"$(P_COLOUR)-$$(x)-$(NONE)"},{"name":"K","valueFrom":{"secretKeyRef":{"name":"keys","key":"KEY"}}},
               {"name":"N","valueFrom":{"fieldRef":{"fieldPath":"metadata.name"}}},{"name":"L","valueFrom":{"fieldRef":{"fieldPath":"metadata.labels['app']"}}},
               {"name":"M","valueFrom":{"resourceFieldRef":{"resource":"limits.memory","divisor":"1Mi"}}},
               {"name":"O","valueFrom":{"secretKeyRef":{"name":"absent","key":"KEY","optional":true}}}],
             "command":["sh","-c","echo \"$A $K $N $L $M [$O] $0\"","$(K)!"]}]}
            """, """{"app":"demo"}""");

        await rig.UntilPhaseAsync("env", "Succeeded");
        Assert.Equal("blue-$(x)-$(NONE) s3cret env demo 64 [] s3cret!\n", await rig.LogAsync("env"));
    }

    [Fact]
    public async Task Pod_SecretIsMissing_WaitsUntilItExists()
    {
        await using PodRig rig = await PodRig.StartAsync();

        await rig.CreatePodAsync("waits", """
            {"restartPolicy":"Never","containers":[{"name":"main","image":"any","command":["sh","-c","echo $K"],
             "env":[{"name":"K","valueFrom":{"secretKeyRef":{"name":"later","key":"KEY"}}}]}]}
            """);
        JsonObject waiting = await rig.UntilAsync(
            CoreTypes.Pods, "waits", p => (string?)p["status"]?["containerStatuses"]?[0]?["state"]?["waiting"]?["reason"] == "CreateContainerConfigError");
        await rig.CreateAsync(CoreTypes.Secrets, """{"metadata":{"name":"later"},"stringData":{"KEY":"here"}}""");

        Assert.Equal("secret \"later\" not found", (string?)waiting["status"]!["containerStatuses"]![0]!["state"]!["waiting"]!["message"]);
        await rig.UntilPhaseAsync("waits", "Succeeded");
        Assert.Equal("here\n", await rig.LogAsync("waits"));
    }

    [Fact]
    public async Task Pod_UnknownImageWithoutCommand_SaysWhatCanRun()
    {
        await using PodRig rig = await PodRig.StartAsync(o => o.Images.Add(new LocalPodImage("sympozium/runner", "/nonexistent")));

        await rig.CreatePodAsync("image", """{"restartPolicy":"Never","containers":[{"name":"main","image":"nginx:1"}]}""");

        JsonObject pod = await rig.UntilAsync(CoreTypes.Pods, "image", p => p["status"]?["containerStatuses"]?[0]?["state"]?["waiting"]?["message"] is not null);
        JsonNode waiting = pod["status"]!["containerStatuses"]![0]!["state"]!["waiting"]!;
        Assert.Equal("ErrImagePull", (string?)waiting["reason"]);
        Assert.Contains("'sympozium/runner'", (string?)waiting["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pod_KnownImage_RunsItsEntrypoint()
    {
        await using PodRig rig = await PodRig.StartAsync(o =>
        {
            string directory = Directory.CreateDirectory(Path.Combine(o.DataDirectory, "image")).FullName;
            string program = Path.Combine(directory, "greet");
            File.WriteAllText(program, "#!/bin/sh\necho greeted \"$@\"\n");
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
            o.Images.Add(new LocalPodImage("sympozium/greeter", directory, ["greet", "from"]));
        });

        await rig.CreatePodAsync("known", """{"restartPolicy":"Never","containers":[{"name":"main","image":"sympozium/greeter:1","args":["afar"]}]}""");

        await rig.UntilPhaseAsync("known", "Succeeded");
        Assert.Equal("greeted from afar\n", await rig.LogAsync("known"));
    }

    [Fact]
    public async Task Pod_VolumesOfEveryKind_AreMounted()
    {
        await using PodRig rig = await PodRig.StartAsync();
        await rig.CreateAsync(CoreTypes.Secrets, """{"metadata":{"name":"keys"},"stringData":{"key":"k"}}""");
        await rig.CreateAsync(CoreTypes.ConfigMaps, """{"metadata":{"name":"files"},"data":{"a":"A","b":"B"}}""");
        await rig.CreateAsync(
            CoreTypes.PersistentVolumeClaims,
            """{"metadata":{"name":"disk"},"spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"}}}}""");

        await rig.CreatePodAsync("volumes", """
            {"restartPolicy":"Never","volumes":[{"name":"cm","configMap":{"name":"files","items":[{"key":"a","path":"sub/a.txt"}]}},
              {"name":"s","secret":{"secretName":"keys","defaultMode":256}},{"name":"mem","emptyDir":{"medium":"Memory"}},
              {"name":"all","projected":{"sources":[{"configMap":{"name":"files"}},{"secret":{"name":"none","optional":true}},{"downwardAPI":{"items":[{"path":"me","fieldRef":{"fieldPath":"metadata.name"}}]}}]}},
              {"name":"pv","persistentVolumeClaim":{"claimName":"disk"}}],
             "containers":[{"name":"main","image":"any","volumeMounts":[{"name":"cm","mountPath":"/cm"},{"name":"s","mountPath":"/s"},{"name":"mem","mountPath":"/mem"},
              {"name":"all","mountPath":"/all"},{"name":"pv","mountPath":"/pv","subPath":"deep/er"},{"name":"all","mountPath":"/one/me","subPath":"me"}],
             "command":["sh","-c","cat /cm/sub/a.txt /s/key /all/b /all/me /one/me; stat -Lc ' %a' /s/key; echo x >/mem/x && echo y >/pv/y && ! touch /cm/z 2>/dev/null && ! touch /etc/z 2>/dev/null && echo ok"]}]}
            """);

        await rig.UntilPhaseAsync("volumes", "Succeeded");
        Assert.Equal("AkBvolumesvolumes 400\nok\n", await rig.LogAsync("volumes"));
        Assert.True(File.Exists(Path.Combine(rig.DataDirectory, "volumes", "default", "disk", "deep", "er", "y")));
        JsonObject claim = (await rig.Client.GetAsync(CoreTypes.PersistentVolumeClaims, "default", "disk", default))!;
        Assert.Equal("Bound", (string?)claim["status"]!["phase"]);
    }

    [Fact]
    public async Task ServiceAccountToken_InAContainer_NamesThePodAndIsAcceptedByTheServer()
    {
        await using PodRig rig = await PodRig.StartAsync();
        await rig.CreatePodAsync("bot", """
            {"restartPolicy":"Never","containers":[{"name":"main","image":"any","command":["sh","-c",
              "cd /var/run/secrets/kubernetes.io/serviceaccount && cat namespace && echo && head -1 ca.crt && cat token"]}]}
            """);
        JsonObject pod = await rig.UntilPhaseAsync("bot", "Succeeded");
        string[] lines = (await rig.LogAsync("bot")).Split('\n');
        Assert.Equal("default", lines[0]);
        Assert.Equal("-----BEGIN CERTIFICATE-----", lines[1]);
        using JsonDocument claims = JsonDocument.Parse(Base64Url.DecodeFromChars(lines[2].Split('.')[1]));
        Assert.Equal(
            pod["metadata"]!["uid"]!.GetValue<string>(), claims.RootElement.GetProperty("kubernetes.io").GetProperty("pod").GetProperty("uid").GetString());
    }
}
