namespace Sympozium.LocalCluster.Pods.Volumes;

/// <summary>Resolves subPath without leaving the volume: a container may have planted symbolic links in it.</summary>
internal static class SubPaths
{
    public static string Resolve(string volume, string subPath)
    {
        string current = volume;
        foreach (string part in subPath.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            current = Path.Combine(current, part);
            if (part is ".." or "." || new FileInfo(current).LinkTarget is not null)
            {
                throw new PodConfigException(
                    PodConfigException.ConfigError, $"subPath '{subPath}' goes through '{part}', which may lead out of the volume; name a plain path inside it.");
            }
        }

        if (!Path.Exists(current))
        {
            PodPaths.CreatePrivate(current);
        }

        return current;
    }
}
