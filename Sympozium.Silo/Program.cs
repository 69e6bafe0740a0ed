using Sympozium.Silo.Cluster;
using Sympozium.Silo.Local;

return args switch
{
    ["local", .. string[] rest] => await LocalControlPlane.RunAsync(rest),
    ["silo", .. string[] rest] => await ClusterVerbs.SiloAsync(rest),
    ["gateway", .. string[] rest] => await ClusterVerbs.GatewayAsync(rest),
    ["--version"] => Usage.PrintVersion(),
    _ => Usage.Print(args),
};
