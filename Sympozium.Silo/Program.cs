using Sympozium.Silo.Cluster;
using Sympozium.Silo.Local;

return args switch
{
    ["local", .. string[] rest] => await LocalControlPlane.RunAsync(rest),
    ["silo", .. string[] rest] => await SmallProfile.RunAsync(rest),
    ["gateway", ..] => Usage.RefuseGateway(),
    ["--version"] => Usage.PrintVersion(),
    _ => Usage.Print(args),
};
