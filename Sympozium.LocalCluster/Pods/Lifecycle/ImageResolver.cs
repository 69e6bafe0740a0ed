using Sympozium.LocalCluster.Pods.Manifest;

namespace Sympozium.LocalCluster.Pods.Lifecycle;

/// <summary>What a container runs: its command and the directory of its image's executables.</summary>
internal sealed record ResolvedImage(IReadOnlyList<string> Command, string? Directory);

/// <summary>Decides what a container's image means on this machine.</summary>
internal sealed class ImageResolver(LocalPodOptions options)
{
    /// <summary>The container's command; throws <see cref="PodConfigException"/> when this machine has nothing to run for it.</summary>
    public ResolvedImage Resolve(ContainerSpec container)
    {
        LocalPodImage? image = options.Images
            .Where(i => container.Image.StartsWith(i.Prefix, StringComparison.Ordinal))
            .MaxBy(i => i.Prefix.Length);
        IReadOnlyList<string> entrypoint = container.Command.Count > 0 ? container.Command : image?.Entrypoint ?? [];
        if (entrypoint.Count == 0)
        {
            throw new PodConfigException(PodConfigException.ImagePull, Explain(container.Image, image));
        }

        if (image is not null && !Directory.Exists(image.Directory))
        {
            throw new PodConfigException(
                PodConfigException.ImagePull, $"Image '{container.Image}' is provided by '{image.Directory}', which does not exist; build or install it there.");
        }

        return new ResolvedImage([.. entrypoint, .. container.Args], image?.Directory);
    }

    private string Explain(string name, LocalPodImage? image)
    {
        string known = options.Images.Count == 0 ? "none" : string.Join(", ", options.Images.Select(i => $"'{i.Prefix}'"));
        return image is not null
            ? $"Image '{name}' has no default command on this machine; set 'command' in the container."
            : $"Image '{name}' cannot be pulled: local pods run processes, not images. They know the images that start with {known}; for any other image set 'command', "
                + "which then runs on this machine's own programs.";
    }
}
