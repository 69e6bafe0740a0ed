namespace Sympozium.Gateway.Hosting;

/// <summary>A part of the process that <c>/readyz</c> asks; the host registers any number of them.</summary>
public interface IGatewayReadiness
{
    /// <summary>What is missing, by name; nothing when ready.</summary>
    IEnumerable<string> Missing();
}
