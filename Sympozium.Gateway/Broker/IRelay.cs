using Microsoft.AspNetCore.Http;

namespace Sympozium.Gateway.Broker;

/// <summary>Passes one provider's answer on in OpenAI's form. Calls <c>record</c> once, before the last bytes are sent.</summary>
internal interface IRelay
{
    /// <summary>Passes a stream on, each piece as it arrives.</summary>
    Task StreamAsync(HttpContext context, Func<ValueTask> record);

    /// <summary>Passes a whole answer on.</summary>
    Task WholeAsync(HttpContext context, Func<ValueTask> record);
}
