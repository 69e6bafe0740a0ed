namespace Sympozium.LocalCluster.Pods;

/// <summary>A container cannot be started as it is described; what it refers to may still appear.</summary>
/// <param name="reason">The reason of its waiting state, as Kubernetes names it.</param>
/// <param name="message">What is missing and what to do.</param>
internal sealed class PodConfigException(string reason, string message) : Exception(message)
{
    public const string ConfigError = "CreateContainerConfigError";
    public const string CreateError = "CreateContainerError";
    public const string ImagePull = "ErrImagePull";
    public const string ImagePullBackOff = "ImagePullBackOff";
    public const string ImageNeverPull = "ErrImageNeverPull";
    public const string InvalidImageName = "InvalidImageName";
    public const string Creating = "ContainerCreating";

    public string Reason { get; } = reason;

    /// <summary>Whether the image is what is missing.</summary>
    public bool IsPull => Reason is ImagePull or ImageNeverPull or InvalidImageName;

    /// <summary>Whether it keeps all containers of the pod from starting.</summary>
    public bool IsOfPod => Reason == Creating;
}
