using System.Text.Json.Nodes;
using Sympozium.LocalCluster.Deployments;
using Sympozium.LocalCluster.ReplicaSets;

namespace Sympozium.LocalCluster.Tests.Deployments;

/// <summary>The next step of a Deployment from made-up states.</summary>
public sealed class DeploymentPlannerTests
{
    private const string Rolling = """{"type":"RollingUpdate","rollingUpdate":{"maxSurge":1,"maxUnavailable":1}}""";
    private static readonly DateTimeOffset Now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Plan_NoSetYet_MakesOneOfFullSizeAndNumbersIt()
    {
        DeploymentPlan plan = Plan(NewDeployment(3, "v1"));

        RolloutSet set = Assert.Single(plan.Sets);
        Assert.Null(set.Stored);
        Assert.Equal(3, set.Replicas);
        Assert.Matches("^web-[bcdfghjklmnpqrstvwxz2456789]{8,10}$", set.Name);
        Assert.Equal(("1", "3", "4"), (set.Annotations[RolloutSet.Revision], set.Annotations[RolloutSet.DesiredReplicas], set.Annotations[RolloutSet.MaxReplicas]));
        Assert.Equal("1", plan.Revision);
        Assert.Equal("NewReplicaSetCreated", plan.Status.Find(DeploymentCondition.Progressing)!.Reason);
        Assert.Equal("False", plan.Status.Find(DeploymentCondition.Available)!.Status);
    }

    [Fact]
    public void Plan_ChangedTemplate_AddsSurgeFirst()
    {
        const string NoneMissing = """{"type":"RollingUpdate","rollingUpdate":{"maxSurge":1,"maxUnavailable":0}}""";
        DeploymentPlan plan = Plan(NewDeployment(3, "v2", NoneMissing), NewSet("web-a", 3, "v1", available: 3, revision: 1));

        Assert.Equal([3, 1], plan.Sets.Select(set => set.Replicas));
        Assert.Equal("2", plan.Revision);
    }

    [Fact]
    public void Plan_SurgeIsThereAndOneMayBeMissing_TakesFromTheOldSet()
    {
        DeploymentPlan plan = Plan(NewDeployment(3, "v2"), NewSet("web-a", 3, "v1", available: 3, revision: 1), NewSet("web-b", 1, "v2", available: 0, revision: 2));

        Assert.Equal([2, 1], plan.Sets.Select(set => set.Replicas));
    }

    [Fact]
    public void Plan_OldPodsThatNeverBecameReady_GoFirst()
    {
        DeploymentPlan plan = Plan(
            NewDeployment(3, "v3"), NewSet("web-a", 2, "v1", available: 2, revision: 1), NewSet("web-b", 1, "v2", available: 0, revision: 2),
            NewSet("web-c", 1, "v3", available: 0, revision: 3));

        Assert.Equal([2, 0, 1], plan.Sets.Select(set => set.Replicas));
    }

    [Fact]
    public void Plan_Recreate_WaitsForTheEndOfOldPods()
    {
        const string Recreate = """{"type":"Recreate"}""";
        DeploymentPlan first = Plan(NewDeployment(2, "v2", Recreate), NewSet("web-a", 2, "v1", available: 2, revision: 1));
        DeploymentPlan second = DeploymentPlanner.Plan(NewDeployment(2, "v2", Recreate), [NewSet("web-a", 0, "v1", seen: 0, revision: 1)], _ => true, Now);
        DeploymentPlan third = Plan(NewDeployment(2, "v2", Recreate), NewSet("web-a", 0, "v1", seen: 0, revision: 1));

        Assert.Equal([0], first.Sets.Select(set => set.Replicas));
        Assert.Equal([0], second.Sets.Select(set => set.Replicas));
        Assert.Equal([0, 2], third.Sets.Select(set => set.Replicas));
    }

    [Fact]
    public void Plan_BackToAnOldTemplate_RenumbersItsSet()
    {
        DeploymentPlan plan = Plan(
            NewDeployment(1, "v1"), NewSet("web-a", 0, "v1", seen: 0, revision: 1), NewSet("web-b", 1, "v2", available: 1, revision: 2));

        RolloutSet back = plan.Sets.Single(set => set.Name == "web-a");
        Assert.Equal(("3", "1"), (back.Annotations[RolloutSet.Revision], back.Annotations[RolloutSet.RevisionHistory]));
        Assert.Equal("3", plan.Revision);
        Assert.Equal(1, back.Replicas);
    }

    [Fact]
    public void Plan_Paused_ScalesButDoesNotRoll()
    {
        DeploymentPlan plan = Plan(NewDeployment(4, "v2", extra: ",\"paused\":true"), NewSet("web-a", 2, "v1", available: 2, revision: 1, desired: 2));

        RolloutSet set = Assert.Single(plan.Sets);
        Assert.Equal(4, set.Replicas);
        Assert.Equal(("Unknown", "DeploymentPaused"), (plan.Status.Find(DeploymentCondition.Progressing)!.Status, plan.Status.Find(DeploymentCondition.Progressing)!.Reason));
    }

    [Fact]
    public void Plan_ResizedInMidRollout_ScalesSetsInProportion()
    {
        DeploymentPlan plan = Plan(
            NewDeployment(20, "v2"), NewSet("web-a", 8, "v1", available: 8, revision: 1, desired: 10), NewSet("web-b", 3, "v2", available: 1, revision: 2, desired: 10));

        Assert.Equal(21, plan.Sets.Sum(set => set.Replicas));
        Assert.Equal([15, 6], plan.Sets.Select(set => set.Replicas));
        Assert.All(plan.Sets, set => Assert.Equal("20", set.Annotations[RolloutSet.DesiredReplicas]));
    }

    [Fact]
    public void Plan_Complete_KeepsOnlyTheWantedHistory()
    {
        DeploymentFacts deployment = NewDeployment(
            1, "v4", extra: ",\"revisionHistoryLimit\":1",
            status: """{"observedGeneration":1,"replicas":1,"updatedReplicas":1,"readyReplicas":1,"availableReplicas":1}""");

        DeploymentPlan plan = Plan(
            deployment, NewSet("web-a", 0, "v1", seen: 0, revision: 1), NewSet("web-b", 0, "v2", seen: 0, revision: 2), NewSet("web-c", 0, "v3", seen: 0, revision: 3),
            NewSet("web-d", 1, "v4", available: 1, revision: 4));

        Assert.Equal(["web-a", "web-b"], plan.Sets.Where(set => set.IsObsolete).Select(set => set.Name));
        Assert.Equal("NewReplicaSetAvailable", plan.Status.Find(DeploymentCondition.Progressing)!.Reason);
        Assert.Null(plan.WakeAfter);
    }

    [Fact]
    public void Plan_NoProgressForTooLong_SaysSoAndStops()
    {
        string status = $$"""
            {"observedGeneration":1,"replicas":1,"updatedReplicas":1,"unavailableReplicas":1,"conditions":[{"type":"Progressing","status":"True","reason":"ReplicaSetUpdated",
             "lastUpdateTime":"{{Now.AddSeconds(-11):yyyy-MM-ddTHH:mm:ssZ}}","lastTransitionTime":"{{Now.AddSeconds(-20):yyyy-MM-ddTHH:mm:ssZ}}"}]}
            """;
        DeploymentPlan plan = Plan(NewDeployment(1, "v1", status: status, deadline: 10), NewSet("web-a", 1, "v1", available: 0, revision: 1));

        DeploymentCondition progress = plan.Status.Find(DeploymentCondition.Progressing)!;
        Assert.Equal(("False", "ProgressDeadlineExceeded", "ReplicaSet \"web-a\" has timed out progressing."), (progress.Status, progress.Reason, progress.Message));
        Assert.Null(plan.WakeAfter);
    }

    [Fact]
    public void Plan_NothingToDo_ChangesNothing()
    {
        DeploymentFacts deployment = NewDeployment(1, "v1");
        DeploymentPlan first = Plan(deployment, NewSet("web-a", 1, "v1", available: 1, revision: 1, desired: 1));

        JsonObject status = first.Status.Render();
        DeploymentPlan second = Plan(
            NewDeployment(1, "v1", annotations: """{"deployment.kubernetes.io/revision":"1"}""", status: status.ToJsonString()),
            NewSet("web-a", 1, "v1", available: 1, revision: 1, desired: 1));

        Assert.Null(second.Revision);
        Assert.DoesNotContain(second.Sets, set => set.IsChanged || set.IsObsolete || set.Stored is null);
        Assert.Equal(first.Status.Conditions, second.Status.Conditions);
    }

    private static DeploymentPlan Plan(DeploymentFacts deployment, params ReplicaSetFacts[] sets) =>
        DeploymentPlanner.Plan(deployment, sets, _ => false, Now);

    private static DeploymentFacts NewDeployment(
        int replicas, string image, string strategy = Rolling, string extra = "", string status = "{}", string annotations = "{}", int deadline = 600) => new(JsonNode.Parse($$"""
        {"metadata":{"name":"web","namespace":"n","uid":"d","generation":1,"resourceVersion":"1","annotations":{{annotations}}},
         "spec":{"replicas":{{replicas}},"progressDeadlineSeconds":{{deadline}}{{extra}},"strategy":{{strategy}},
                 "selector":{"matchLabels":{"app":"web"} },"template":{{Template(image, "")}} },
         "status":{{status}} }
        """)!.AsObject());

    private static ReplicaSetFacts NewSet(string name, int replicas, string image, int? seen = null, int available = 0, int revision = 1, int? desired = null)
    {
        string size = desired is null ? "" : $",\"{RolloutSet.DesiredReplicas}\":\"{desired}\",\"{RolloutSet.MaxReplicas}\":\"{desired + 1}\"";
        return new ReplicaSetFacts(JsonNode.Parse($$"""
            {"metadata":{"name":"{{name}}","namespace":"n","uid":"{{name}}","generation":1,"resourceVersion":"1","creationTimestamp":"2029-01-01T00:00:0{{revision}}Z",
                         "annotations":{"{{RolloutSet.Revision}}":"{{revision}}"{{size}} } },
             "spec":{"replicas":{{replicas}},"selector":{"matchLabels":{"app":"web","pod-template-hash":"x"} },"template":{{Template(image, ",\"pod-template-hash\":\"x\"")}} },
             "status":{"replicas":{{seen ?? replicas}},"readyReplicas":{{available}},"availableReplicas":{{available}},"observedGeneration":1} }
            """)!.AsObject());
    }

    private static string Template(string image, string labels) =>
        $$"""{"metadata":{"labels":{"app":"web"{{labels}} } },"spec":{"containers":[{"name":"c","image":"{{image}}" }] } }""";
}
