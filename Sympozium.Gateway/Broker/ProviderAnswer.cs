using Sympozium.Gateway.OpenAi;

namespace Sympozium.Gateway.Broker;

/// <summary>A provider's answer whose first bytes have arrived. Disposing it before its end cancels the call at the provider.</summary>
internal sealed class ProviderAnswer(ProviderTarget target, HttpResponseMessage response, LineReader reader, CallLimit limit, BrokerOptions options, CancellationToken agentLeft)
    : IDisposable
{
    public ProviderTarget Target { get; } = target;

    public LineReader Reader { get; } = reader;

    public string? ContentType => response.Content.Headers.ContentType?.MediaType;

    /// <summary>Waits for more bytes, at most the idle timeout; false at the end.</summary>
    /// <exception cref="ApiException">The provider went silent or broke off.</exception>
    public async ValueTask<bool> FillAsync()
    {
        limit.Extend(options.IdleTimeout);
        try
        {
            return await Reader.FillAsync(limit.Token);
        }
        catch (OperationCanceledException silent) when (!agentLeft.IsCancellationRequested)
        {
            throw ProviderErrors.Silent(Target, options.IdleTimeout, silent);
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException)
        {
            agentLeft.ThrowIfCancellationRequested();
            throw ProviderErrors.BrokeOff(Target, broken);
        }
    }

    /// <summary>Reads a whole answer.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAllAsync()
    {
        while (await FillAsync())
        {
            if (Reader.Rest.Length > options.MaxAnswerBytes)
            {
                throw ProviderErrors.Rubbish(Target, $"more than {options.MaxAnswerBytes} bytes.");
            }
        }

        return Reader.Rest;
    }

    public void Dispose()
    {
        response.Dispose();
        Reader.Dispose();
        limit.Dispose();
    }
}
