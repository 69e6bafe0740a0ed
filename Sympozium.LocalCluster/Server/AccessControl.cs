using Microsoft.AspNetCore.Http;
using Sympozium.Kubernetes.Api;
using Sympozium.LocalCluster.Authorization;
using Sympozium.LocalCluster.Identity;

namespace Sympozium.LocalCluster.Server;

/// <summary>Who asks, as whom they act, and whether they may: in this order, before anything else of a request is looked at.</summary>
internal sealed class AccessControl
{
    private readonly Authentication _authentication;
    private readonly Authorizer _authorizer;
    private readonly Impersonation _impersonation;

    public AccessControl(Authentication authentication, Authorizer authorizer, ServiceAccountTokens tokens, SigningKey key, TimeProvider time)
    {
        _authentication = authentication;
        _authorizer = authorizer;
        _impersonation = new Impersonation(authorizer);
        Tokens = tokens;
        Reviews = new AccessReviews(authentication, authorizer, time);
        Documents = new IssuerDocuments(key);
    }

    public IServiceAccountTokens Tokens { get; }

    public AccessReviews Reviews { get; }

    public IssuerDocuments Documents { get; }

    /// <exception cref="KubernetesException">401, 403, or 400 for an impersonation that names no user.</exception>
    public UserInfo Admit(HttpContext context)
    {
        UserInfo user = _impersonation.Apply(context, _authentication.Identify(context));
        if (!user.IsMaster)
        {
            AccessAttributes asked = AccessAttributes.Of(context.Request);
            _authorizer.Require(user, asked);
            if (asked is { IsResource: true, Verb: "get", Group: "", Resource: "pods", Subresource: "exec" or "attach" or "portforward" })
            {
                // A WebSocket begins with a GET, but what it does is no reading (Kubernetes 1.35 and later).
                _authorizer.Require(user, asked with { Verb = "create" });
            }
        }

        return user;
    }
}
