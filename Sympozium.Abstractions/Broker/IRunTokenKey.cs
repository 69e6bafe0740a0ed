namespace Sympozium.Abstractions.Broker;

/// <summary>The key that run tokens are signed with. Silo and gateway of one installation share it.</summary>
public interface IRunTokenKey
{
    /// <summary>The key, <see cref="RunToken.KeySize"/> bytes.</summary>
    ReadOnlyMemory<byte> Key { get; }
}
