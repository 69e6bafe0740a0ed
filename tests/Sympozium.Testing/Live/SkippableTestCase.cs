using Xunit.Abstractions;
using Xunit.Sdk;

namespace Sympozium.Testing.Live;

/// <summary>A case that a <see cref="SkipTestException"/> skips instead of failing it; xunit 2 itself decides that before a test runs.</summary>
public sealed class SkippableTestCase : XunitTestCase
{
    /// <summary>For xunit, which fills it from what it has written.</summary>
    [Obsolete("For deserialization only.")]
    public SkippableTestCase()
    {
    }

    public SkippableTestCase(
        IMessageSink diagnostics, TestMethodDisplay display, TestMethodDisplayOptions displayOptions, ITestMethod method, object[]? arguments = null)
        : base(diagnostics, display, displayOptions, method, arguments)
    {
    }

    public override async Task<RunSummary> RunAsync(
        IMessageSink diagnosticMessageSink, IMessageBus messageBus, object[] constructorArguments, ExceptionAggregator aggregator, CancellationTokenSource cancellationTokenSource)
    {
        using var bus = new SkippingBus(messageBus);
        RunSummary summary = await base.RunAsync(diagnosticMessageSink, bus, constructorArguments, aggregator, cancellationTokenSource);
        summary.Failed -= bus.Skipped;
        summary.Skipped += bus.Skipped;
        return summary;
    }

    /// <summary>Passes everything on, and a failure by that exception as a skip.</summary>
    private sealed class SkippingBus(IMessageBus inner) : IMessageBus
    {
        public int Skipped { get; private set; }

        public bool QueueMessage(IMessageSinkMessage message)
        {
            if (message is ITestFailed failed && failed.ExceptionTypes.FirstOrDefault() == typeof(SkipTestException).FullName)
            {
                Skipped++;
                return inner.QueueMessage(new TestSkipped(failed.Test, failed.Messages[0]));
            }

            return inner.QueueMessage(message);
        }

        /// <summary>The inner one belongs to the runner.</summary>
        public void Dispose()
        {
        }
    }
}
