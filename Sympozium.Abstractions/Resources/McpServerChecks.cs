namespace Sympozium.Abstractions.Resources;

/// <summary>Rules of MCPServer that a schema cannot say: what each transport needs.</summary>
internal static class McpServerChecks
{
    public static void Check(McpServerSpec spec, ICollection<ResourceProblem> problems)
    {
        FieldChecks.Url("spec.url", spec.Url, problems);
        FieldChecks.ToolNames("spec.toolsAllow", spec.ToolsAllow, problems);
        FieldChecks.ToolNames("spec.toolsDeny", spec.ToolsDeny, problems);
        if (spec.TransportType == "stdio")
        {
            Stdio(spec, problems);
        }
        else if (spec.Url is null && spec.Deployment is null)
        {
            problems.Add(new("spec", "must say where the server is: spec.url for one that runs elsewhere, or spec.deployment with an image"));
        }
        else if (spec.Url is not null && spec.Deployment is not null)
        {
            problems.Add(new("spec.deployment", "is not used, since spec.url names a server that runs elsewhere; keep one of them (spec.deployment.path is the path of the endpoint of a deployed server)"));
        }

        if (spec.Deployment is { } deployment)
        {
            Deployment(deployment, problems);
        }
    }

    private static void Stdio(McpServerSpec spec, ICollection<ResourceProblem> problems)
    {
        if (spec.Url is not null)
        {
            problems.Add(new("spec.url", "cannot be used with transportType stdio, which is a program that the control plane starts; use http, or remove the url"));
        }

        if (spec.Deployment is null)
        {
            problems.Add(new("spec.deployment", "is required with transportType stdio: the image and the program (cmd) to start in it"));
        }
        else if (string.IsNullOrWhiteSpace(spec.Deployment.Cmd))
        {
            problems.Add(new("spec.deployment.cmd", "is required with transportType stdio: the adapter starts the program itself and cannot know the image's own"));
        }
        else if (spec.Deployment.Path is not null)
        {
            problems.Add(new("spec.deployment.path", "cannot be used with transportType stdio: a program has no path"));
        }
    }

    private static void Deployment(McpDeploymentSpec deployment, ICollection<ResourceProblem> problems)
    {
        if (deployment.Path is { } path && (!path.StartsWith('/') || path.Any(c => char.IsWhiteSpace(c) || c is '?' or '#')))
        {
            problems.Add(new("spec.deployment.path", $"'{path}' must begin with / and have no white space, ? or #"));
        }

        foreach (SecretReference secret in deployment.SecretRefs ?? [])
        {
            FieldChecks.Name("spec.deployment.secretRefs", secret.Name, "Secret", problems);
        }

        FieldChecks.Name("spec.deployment.serviceAccountName", deployment.ServiceAccountName, "ServiceAccount", problems);
    }
}
