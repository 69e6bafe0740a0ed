namespace Sympozium.Kubernetes.Client;

/// <summary>A client that knows whether its server answers, so that its users need not each complain of the same outage.</summary>
public interface IReportsApiHealth
{
    /// <summary>Whether the server answers.</summary>
    ApiHealth Health { get; }
}
