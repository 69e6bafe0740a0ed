using Sympozium.Silo.Local;

return args switch
{
    ["local", .. string[] rest] => await LocalControlPlane.RunAsync(rest),
    ["--version"] => Usage.PrintVersion(),
    _ => Usage.Print(args),
};
