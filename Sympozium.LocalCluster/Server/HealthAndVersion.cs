using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Sympozium.LocalCluster.Server;

/// <summary>The paths that need no token.</summary>
internal static class HealthAndVersion
{
    /// <summary>The Kubernetes version whose behaviour this server shows.</summary>
    public const string GitVersion = "v1.36.2+sympozium";

    /// <summary>False when the path is another one.</summary>
    public static async Task<bool> TryHandleAsync(HttpContext context, string path)
    {
        switch (path)
        {
            case "/version":
                await Replies.NodeAsync(context, Version(), StatusCodes.Status200OK);
                return true;
            case "/healthz" or "/livez" or "/readyz":
                string name = path[1..];
                string text = context.Request.Query.ContainsKey("verbose") ? $"[+]ping ok\n[+]store ok\n{name} check passed\n" : "ok";
                await Replies.TextAsync(context, StatusCodes.Status200OK, text);
                return true;
            case "/healthz/ping" or "/livez/ping" or "/readyz/ping":
                await Replies.TextAsync(context, StatusCodes.Status200OK, "ok");
                return true;
            default:
                return false;
        }
    }

    private static JsonObject Version() => new()
    {
        ["major"] = "1",
        ["minor"] = "36",
        ["emulationMajor"] = "1",
        ["emulationMinor"] = "36",
        ["minCompatibilityMajor"] = "1",
        ["minCompatibilityMinor"] = "35",
        ["gitVersion"] = GitVersion,
        ["gitCommit"] = "0000000000000000000000000000000000000000",
        ["gitTreeState"] = "clean",
        ["buildDate"] = "2026-01-01T00:00:00Z",
        ["goVersion"] = "none",
        ["compiler"] = "dotnet",
        ["platform"] = $"{(OperatingSystem.IsMacOS() ? "darwin" : "linux")}/{(RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "arm64" : "amd64")}",
    };
}
