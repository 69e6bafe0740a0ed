namespace Sympozium.Gateway.Auth;

/// <summary>The key that signs run tokens; the part of the control plane that starts pods holds the same one.</summary>
public interface IRunTokenKey
{
    /// <summary>The key, <c>RunToken.KeySize</c> bytes.</summary>
    ReadOnlyMemory<byte> Key { get; }
}
