using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Sympozium.LocalCluster.Hosting;
using Sympozium.TestCluster;

TestClusterOptions? options = TestClusterOptions.Parse(args);
if (options is null)
{
    await Console.Error.WriteLineAsync(TestClusterOptions.Usage);
    return 2;
}

using IHost host = TestClusterHost.Build(options);
await host.StartAsync();
Console.WriteLine(host.Services.GetRequiredService<LocalClusterHost>().KubeconfigPath);
await host.WaitForShutdownAsync();
return 0;
