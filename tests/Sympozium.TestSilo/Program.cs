using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;
using Sympozium.TestSilo;

try
{
    TestSiloOptions options = TestSiloOptions.FromEnvironment();
    var time = new SkewedTime(options.ClockSkew);
    using PosixSignalRegistration jump = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
    {
        context.Cancel = true;
        time.Jump(TimeSpan.FromHours(1));
    });
    using IHost host = TestSiloHost.Build(options, time);
    await host.StartAsync();
    Console.WriteLine("ready");
    await host.WaitForShutdownAsync();
    return 0;
}
catch (Exception e)
{
    await Console.Error.WriteLineAsync($"sympozium-test-silo: {e.Message}");
    return 1;
}
