using System.Text.Json.Nodes;

namespace Sympozium.LocalCluster.Kinds.Rules.Classes;

/// <summary>RuntimeClass: its handler is a label and stays.</summary>
internal sealed class RuntimeClassRules : KindRules
{
    public override void Validate(JsonObject obj, JsonObject? old, List<FieldProblem> problems)
    {
        problems.Invalid("handler", obj.Text("handler"), Names.Label(obj.Text("handler")));
        if (old is not null)
        {
            problems.Immutable("handler", obj["handler"], old["handler"]);
        }
    }
}
