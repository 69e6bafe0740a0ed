using Microsoft.AspNetCore.Builder;

namespace Sympozium.Gateway.Auth;

/// <summary>Who may call an endpoint.</summary>
public enum Access
{
    /// <summary>Everybody who reaches the port: health only.</summary>
    Anonymous,

    /// <summary>Who holds the gateway's bearer token.</summary>
    Client,

    /// <summary>A pod with the token of its run.</summary>
    Run,
}

/// <summary>The access decision of an endpoint. An endpoint without one answers 403.</summary>
public sealed record AccessMetadata(Access Access);

/// <summary>Gives endpoints their access decision.</summary>
public static class AccessEndpointConventionExtensions
{
    /// <summary>Says who may call the endpoints of <paramref name="builder"/>.</summary>
    public static TBuilder RequireAccess<TBuilder>(this TBuilder builder, Access access)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new AccessMetadata(access));
}
