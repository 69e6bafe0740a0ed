using Sympozium.LocalCluster.Pods.Manifest;

namespace Sympozium.LocalCluster.Pods.Lifecycle;

/// <summary>What a container runs: its command and the directory of its image's executables.</summary>
internal sealed record ResolvedImage(IReadOnlyList<string> Command, string? Directory);

/// <summary>Decides what a container's image means on this machine.</summary>
internal sealed class ImageResolver(LocalPodOptions options)
{
    /// <summary>Images that are a shell and the usual tools, which this machine has too: no entrypoint, and a command for when the container has none.</summary>
    private static readonly Dictionary<string, string> Shells = new(StringComparer.Ordinal)
    {
        ["alpine"] = "/bin/sh",
        ["busybox"] = "sh",
        ["debian"] = "bash",
        ["ubuntu"] = "/bin/bash",
    };

    /// <summary>The container's command; throws <see cref="PodConfigException"/> when this machine has nothing to run for it.</summary>
    public ResolvedImage Resolve(ContainerSpec container)
    {
        if (!IsName(container.Image))
        {
            throw new PodConfigException(
                PodConfigException.InvalidImageName,
                $"Failed to apply default image tag \"{container.Image}\": couldn't parse image name \"{container.Image}\": invalid reference format");
        }

        LocalPodImage? image = options.Images
            .Where(i => container.Image.StartsWith(i.Prefix, StringComparison.Ordinal))
            .MaxBy(i => i.Prefix.Length);
        if (image is null && container.Command.Count == 0 && Shells.TryGetValue(Repository(container.Image), out string? shell))
        {
            return new ResolvedImage(container.Args.Count > 0 ? container.Args : [shell], null);
        }

        IReadOnlyList<string> entrypoint = container.Command.Count > 0 ? container.Command : image?.Entrypoint ?? [];
        if (entrypoint.Count == 0)
        {
            throw container.ImagePullPolicy == "Never"
                ? new PodConfigException(PodConfigException.ImageNeverPull, $"Container image \"{container.Image}\" is not present with pull policy of Never")
                : new PodConfigException(PodConfigException.ImagePull, Explain(container.Image, image));
        }

        if (image is not null && !Directory.Exists(image.Directory))
        {
            throw new PodConfigException(
                PodConfigException.ImagePull, $"Image '{container.Image}' is provided by '{image.Directory}', which does not exist; build or install it there.");
        }

        return new ResolvedImage([.. entrypoint, .. container.Args], image?.Directory);
    }

    /// <summary>Whether it may be the name of an image at all (https://pkg.go.dev/github.com/distribution/reference).</summary>
    private static bool IsName(string image) =>
        image.Length > 0 && image.All(c => char.IsAsciiLetterOrDigit(c) || "._-/:@".Contains(c, StringComparison.Ordinal)) && !image[..NameEnd(image)].Any(char.IsAsciiLetterUpper);

    /// <summary>Where the repository's name ends: upper case is for hosts, tags and digests only.</summary>
    private static int NameEnd(string image)
    {
        int digest = image.IndexOf('@', StringComparison.Ordinal);
        int end = digest < 0 ? image.Length : digest;
        int colon = image.LastIndexOf(':', end - 1);
        return colon > image.LastIndexOf('/', end - 1) ? colon : end;
    }

    /// <summary>The last part of the repository's name, without tag and digest.</summary>
    private static string Repository(string image)
    {
        string name = image[..NameEnd(image)];
        return name[(name.LastIndexOf('/') + 1)..];
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
