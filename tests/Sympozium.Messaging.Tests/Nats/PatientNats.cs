using NATS.Client.Core;
using Sympozium.Messaging.Nats;
using Sympozium.Testing;

namespace Sympozium.Messaging.Tests.Nats;

/// <summary>Settings with which nothing fails because a server or this process gets no time for a while.</summary>
internal static class PatientNats
{
    /// <summary>For the bus.</summary>
    public static NatsBusOptions Bus(string url) => new() { Url = url, PublishTimeout = TestTimeouts.WithProcesses };

    /// <summary>For a client that is not the bus.</summary>
    public static NatsOpts Client(string url) => NatsOpts.Default with
    {
        Url = url,
        ConnectTimeout = TestTimeouts.WithProcesses,
        CommandTimeout = TestTimeouts.WithProcesses,
        RequestTimeout = TestTimeouts.WithProcesses,
    };
}
