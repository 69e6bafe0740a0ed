namespace Sympozium.LocalCluster.Pods;

/// <summary>What an image name means for local pods: a directory of executables instead of layers.</summary>
/// <param name="Prefix">Images that start with this text, for example <c>sympozium/runner</c>; the longest match wins.</param>
/// <param name="Directory">Host directory that is mounted read-only at <c>/image</c> and comes first in PATH.</param>
/// <param name="Entrypoint">Command of containers that give none.</param>
public sealed record LocalPodImage(string Prefix, string Directory, IReadOnlyList<string>? Entrypoint = null);
