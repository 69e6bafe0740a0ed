using Microsoft.AspNetCore.Http;

namespace Sympozium.Gateway.Hosting;

/// <summary>Answers <c>GET /metrics</c>; the host supplies it, since it knows what the process consists of.</summary>
public interface IMetricsPage
{
    /// <summary>Writes the page.</summary>
    Task WriteAsync(HttpContext context);
}
