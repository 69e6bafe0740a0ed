using Sympozium.Runner.Lifetime;

return RunnerVerbs.Run(args);
