using Microsoft.Extensions.Hosting;
using Sympozium.TestSilo;

try
{
    using IHost host = TestSiloHost.Build(TestSiloOptions.FromEnvironment());
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
