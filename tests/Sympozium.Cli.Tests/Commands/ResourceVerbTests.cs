using System.Text.Json.Nodes;
using Sympozium.Kubernetes.Api;
using Sympozium.Testing;

namespace Sympozium.Cli.Tests.Commands;

public sealed class ResourceVerbTests(Cluster cluster) : IClassFixture<Cluster>
{
    private const string Instance = """
        apiVersion: sympozium.ai/v1alpha1
        kind: SympoziumInstance
        metadata:
          name: NAME
          labels: {team: a}
        spec:
          systemPrompt: Be brief.
          agents: {default: {model: gpt-4o}}
        """;

    [Fact]
    public async Task Apply_CreatesThenConfiguresThenLeavesAlone()
    {
        string file = cluster.Write("apply/one.yaml", Instance.Replace("NAME", "apply-one", StringComparison.Ordinal));
        Assert.Equal(new CommandResult(0, "sympoziuminstance.sympozium.ai/apply-one created\n", ""), await cluster.RunAsync("apply", "-f", file));
        Assert.Equal("sympoziuminstance.sympozium.ai/apply-one unchanged\n", (await cluster.RunAsync("apply", "-f", file)).Out);
        cluster.Write("apply/one.yaml", Instance.Replace("NAME", "apply-one", StringComparison.Ordinal).Replace("brief", "verbose", StringComparison.Ordinal));
        Assert.Equal("sympoziuminstance.sympozium.ai/apply-one configured\n", (await cluster.RunAsync("apply", "-f", file)).Out);
        CommandResult shown = await cluster.RunAsync("get", "sympoziuminstance", "apply-one", "-o", "jsonpath={.spec.systemPrompt}");
        Assert.Equal("Be verbose.", shown.Out);
    }

    [Fact]
    public async Task Apply_FieldLeftOut_IsRemoved_ForeignFieldStays()
    {
        string file = cluster.Write("apply/two.yaml", Instance.Replace("NAME", "apply-two", StringComparison.Ordinal));
        await cluster.RunAsync("apply", "-f", file);
        ResourceType type = new("sympozium.ai", "v1alpha1", "sympoziuminstances", "SympoziumInstance");
        JsonObject foreign = new() { ["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["foreign"] = "yes" } } };
        await cluster.Host.Client.PatchAsync(type, "default", "apply-two", new Patch(PatchType.Merge, foreign), null, CancellationToken.None);
        cluster.Write("apply/two.yaml", Instance.Replace("NAME", "apply-two", StringComparison.Ordinal).Replace("  systemPrompt: Be brief.\n", "", StringComparison.Ordinal));
        Assert.Equal(0, (await cluster.RunAsync("apply", "-f", file)).ExitCode);
        JsonObject now = (await cluster.Host.Client.GetAsync(type, "default", "apply-two", CancellationToken.None))!;
        Assert.Null(now["spec"]!["systemPrompt"]);
        Assert.Equal("yes", now["metadata"]!["labels"]!["foreign"]!.GetValue<string>());
    }

    [Fact]
    public async Task Apply_DryRun_StoresNothing()
    {
        string file = cluster.Write("apply/dry.yaml", Instance.Replace("NAME", "apply-dry", StringComparison.Ordinal));
        Assert.Equal("sympoziuminstance.sympozium.ai/apply-dry created (server dry run)\n", (await cluster.RunAsync("apply", "-f", file, "--dry-run=server")).Out);
        Assert.Equal(ExitCodes.NotFound, (await cluster.RunAsync("get", "sympoziuminstance/apply-dry")).ExitCode);
    }

    [Fact]
    public async Task Apply_FromStandardInput_SeveralDocuments()
    {
        PlayedTerminal terminal = new("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: in-a}\n---\n{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"in-b\"}}\n");
        CommandResult result = await cluster.RunAsync(terminal, CancellationToken.None, "apply", "-f", "-");
        Assert.Equal("configmap/in-a created\nconfigmap/in-b created\n", result.Out);
    }

    [Fact]
    public async Task Apply_BadManifests_NamesEveryProblemWithItsPlace_AndSendsNothing()
    {
        cluster.Write("bad/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: never}\n---\nkind: ConfigMap\nmetadata: {}\n");
        cluster.Write("bad/b.yaml", "a: 1\n b: 2\n");
        CommandResult result = await cluster.RunAsync("apply", "-f", Path.Combine(cluster.Folder, "bad"));
        Assert.Equal(ExitCodes.Refused, result.ExitCode);
        Assert.Contains("a.yaml:5: apiVersion, metadata.name are missing", result.Error, StringComparison.Ordinal);
        Assert.Contains("b.yaml:2:", result.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.NotFound, (await cluster.RunAsync("get", "cm", "never")).ExitCode);
    }

    [Fact]
    public async Task Apply_UnknownKind_SuggestsTheRightOne()
    {
        string file = cluster.Write("bad-kind.yaml", "apiVersion: sympozium.ai/v1alpha1\nkind: SympoziumInstanc\nmetadata: {name: x}\n");
        CommandResult result = await cluster.RunAsync("apply", "-f", file);
        Assert.Equal(ExitCodes.NotFound, result.ExitCode);
        Assert.Contains("did you mean 'SympoziumInstance'?", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Apply_RefusedObject_DoesNotStopTheOthers()
    {
        string file = cluster.Write("mixed.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: UPPER}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: mixed-fine}\n");
        CommandResult result = await cluster.RunAsync("apply", "-f", file);
        Assert.Equal(ExitCodes.Refused, result.ExitCode);
        Assert.Contains("mixed.yaml:1: ConfigMap 'UPPER': from server (Invalid)", result.Error, StringComparison.Ordinal);
        Assert.Equal("configmap/mixed-fine created\n", result.Out);
    }

    [Fact]
    public async Task Apply_NamespaceContradiction_IsRefused()
    {
        string file = cluster.Write("ns.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, namespace: default}\n");
        CommandResult result = await cluster.RunAsync("apply", "-f", file, "-n", "kube-system");
        Assert.Equal(ExitCodes.Refused, result.ExitCode);
        Assert.Contains("is in namespace 'default', but -n asks for 'kube-system'", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_ListsAsTable_NamesAndFormats()
    {
        string file = cluster.Write("get.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: get-a, labels: {set: get}}\ndata: {k: v}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: get-bb, labels: {set: get}}\n");
        await cluster.RunAsync("apply", "-f", file);
        CommandResult table = await cluster.RunAsync("get", "cm", "-l", "set=get");
        string[] lines = table.Out.TrimEnd().Split('\n');
        Assert.Equal("NAME     DATA   AGE", lines[0]);
        Assert.StartsWith("get-a    1      ", lines[1], StringComparison.Ordinal);
        Assert.Equal("configmap/get-a\nconfigmap/get-bb\n", (await cluster.RunAsync("get", "configmaps", "-l", "set=get", "-o", "name")).Out);
        Assert.StartsWith("NAMESPACE", (await cluster.RunAsync("get", "cm", "-A")).Out, StringComparison.Ordinal);
        JsonObject list = JsonNode.Parse((await cluster.RunAsync("get", "cm", "-l", "set=get", "-o", "json")).Out)!.AsObject();
        Assert.Equal("List", list["kind"]!.GetValue<string>());
        Assert.Equal(2, list["items"]!.AsArray().Count);
        Assert.Contains("  name: get-a\n", (await cluster.RunAsync("get", "cm/get-a", "-o", "yaml")).Out, StringComparison.Ordinal);
        Assert.Equal("get-a get-bb", (await cluster.RunAsync("get", "cm", "-l", "set=get", "-o", "jsonpath={.items[*].metadata.name}")).Out);
    }

    [Fact]
    public async Task Get_NothingThere_SaysSoOnStderrAndSucceeds() =>
        Assert.Equal(new CommandResult(0, "", "No resources found in default namespace.\n"), await cluster.RunAsync("get", "agentruns", "-l", "no=such"));

    [Fact]
    public async Task Get_SeveralKinds_ShowsEachWithItsKind()
    {
        CommandResult result = await cluster.RunAsync("get", "ns,serviceaccounts", "-n", "default");
        Assert.Contains("namespace/default", result.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("agentrunz", "did you mean 'agentruns'?")]
    [InlineData("qqqqqq", "'kubectl api-resources' lists them")]
    public async Task Get_UnknownType_IsNotFound_WithASuggestion(string type, string expected)
    {
        CommandResult result = await cluster.RunAsync("get", type);
        Assert.Equal(ExitCodes.NotFound, result.ExitCode);
        Assert.Contains(expected, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_MistypedName_SuggestsTheNearest()
    {
        CommandResult result = await cluster.RunAsync("get", "ns", "defaultt");
        Assert.Equal(ExitCodes.NotFound, result.ExitCode);
        Assert.Contains("did you mean 'default'?", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_Watch_ShowsPresentRowsAndChanges()
    {
        using CancellationTokenSource limit = new(TestTimeouts.WithProcesses);
        string file = cluster.Write("watch.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: watched, labels: {set: watch}}\n");
        await cluster.RunAsync("apply", "-f", file);
        PlayedTerminal terminal = new();
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(limit.Token);
        Task<CommandResult> watch = cluster.RunAsync(terminal, stop.Token, "get", "cm", "-l", "set=watch", "-w");
        await WaitFor.TrueAsync(() => terminal.OutText.Contains("watched", StringComparison.Ordinal), "the present row");
        cluster.Write("watch.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: watched, labels: {set: watch}}\ndata: {a: b}\n");
        await cluster.RunAsync("apply", "-f", file);
        await WaitFor.TrueAsync(() => terminal.OutText.Split('\n').Count(l => l.StartsWith("watched", StringComparison.Ordinal)) == 2, "the changed row");
        await stop.CancelAsync();
        Assert.Equal(ExitCodes.Interrupted, (await watch).ExitCode);
        Assert.Single(terminal.OutText.Split('\n'), l => l.StartsWith("NAME", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Describe_ShowsSummarySectionsAndEvents()
    {
        string file = cluster.Write("run.yaml", "apiVersion: sympozium.ai/v1alpha1\nkind: AgentRun\nmetadata: {name: described}\nspec: {instanceRef: some, task: do it}\n");
        await cluster.RunAsync("apply", "-f", file);
        JsonObject e = JsonNode.Parse("""
            {"apiVersion":"v1","kind":"Event","metadata":{"name":"described.1","namespace":"default"},"type":"Warning","reason":"Testing","message":"something\nhappened",
             "involvedObject":{"kind":"AgentRun","name":"described","namespace":"default"},"source":{"component":"tests"},"count":1}
            """)!.AsObject();
        await cluster.Host.Client.CreateAsync(CoreTypes.Events, e, CancellationToken.None);
        CommandResult result = await cluster.RunAsync("describe", "agentrun", "described");
        Assert.Equal(0, result.ExitCode);
        Assert.Matches("Name: +described\n", result.Out);
        Assert.Matches("Phase: +Pending\n", result.Out);
        Assert.Matches("Task: +do it\n", result.Out);
        Assert.Matches("Warning +Testing +\\S+ +tests +something happened\n", result.Out);
        Assert.DoesNotContain("last-applied", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Describe_Secret_ShowsNoContent()
    {
        string file = cluster.Write("secret.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: hidden}\nstringData: {apiKey: sk-very-secret}\n");
        await cluster.RunAsync("apply", "-f", file);
        CommandResult result = await cluster.RunAsync("describe", "secret", "hidden");
        Assert.Contains("14 bytes", result.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("sk-very-secret", result.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("c2stdmVyeS1zZWNyZXQ", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Delete_ByNameByFileByLabel_AndMissing()
    {
        string file = cluster.Write("delete.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: del-a, labels: {set: del}}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: del-b, labels: {set: del}}\n");
        await cluster.RunAsync("apply", "-f", file);
        Assert.Equal(new CommandResult(0, "configmap \"del-a\" deleted\n", ""), await cluster.RunAsync("delete", "cm", "del-a"));
        Assert.Equal("configmap \"del-b\" deleted\n", (await cluster.RunAsync("delete", "cm", "-l", "set=del")).Out);
        CommandResult missing = await cluster.RunAsync("delete", "cm/del-a");
        Assert.Equal(ExitCodes.NotFound, missing.ExitCode);
        Assert.Contains("configmaps \"del-a\" not found", missing.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await cluster.RunAsync("delete", "-f", file, "--ignore-not-found")).ExitCode);
        Assert.Equal(ExitCodes.Usage, (await cluster.RunAsync("delete", "cm")).ExitCode);
    }

    [Fact]
    public async Task Delete_ObjectWithFinalizer_TimesOutAndSaysWhy()
    {
        string file = cluster.Write("final.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: held, finalizers: [example.org/hold]}\n");
        await cluster.RunAsync("apply", "-f", file);
        CommandResult result = await cluster.RunAsync("delete", "cm", "held", "--timeout", "0");
        Assert.Equal(ExitCodes.Timeout, result.ExitCode);
        Assert.Contains("shows its finalizers", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_UnknownInstance_NamesThoseThatExist()
    {
        await cluster.RunAsync("apply", "-f", cluster.Write("known.yaml", Instance.Replace("NAME", "known-one", StringComparison.Ordinal)));
        CommandResult result = await cluster.RunAsync("run", "hello", "--instance", "knwn-one");
        Assert.Equal(ExitCodes.NotFound, result.ExitCode);
        Assert.Contains("there is no instance 'knwn-one' in namespace 'default'; did you mean 'known-one'?", result.Error, StringComparison.Ordinal);
    }
}
