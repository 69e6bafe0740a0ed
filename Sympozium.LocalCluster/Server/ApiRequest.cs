using Microsoft.AspNetCore.Http;
using Sympozium.LocalCluster.Identity;
using Sympozium.LocalCluster.Kinds;

namespace Sympozium.LocalCluster.Server;

/// <summary>One request for a served kind.</summary>
internal sealed record ApiRequest(HttpContext Context, RequestPath Path, KindDefinition Kind, UserInfo User)
{
    public IQueryCollection Query => Context.Request.Query;

    public CancellationToken Aborted => Context.RequestAborted;

    /// <summary>A namespaced collection without its namespace, which can only be read.</summary>
    public bool LacksNamespace => Kind.Type.Namespaced && Path.Namespace is null;
}
