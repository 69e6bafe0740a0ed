namespace Sympozium.Silo.Tests.Cluster;

/// <summary>A test that mounts a file system.</summary>
internal sealed class RootFactAttribute : FactAttribute
{
    public RootFactAttribute()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            Skip = "It mounts a small file system, which only root may.";
        }
    }
}
