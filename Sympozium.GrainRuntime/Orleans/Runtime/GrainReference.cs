namespace Orleans.Runtime;

/// <summary>A reference to a grain: the base of the proxies which implement grain interfaces.</summary>
public abstract class GrainReference : IAddressable, IEquatable<GrainReference>
{
    public abstract GrainId GrainId { get; }

    public abstract string InterfaceName { get; }

    public TGrainInterface Cast<TGrainInterface>()
        where TGrainInterface : IAddressable => (TGrainInterface)Cast(typeof(TGrainInterface));

    public bool Equals(GrainReference? other) => other is not null && GrainId.Equals(other.GrainId);

    public sealed override bool Equals(object? obj) => obj is GrainReference other && Equals(other);

    public sealed override int GetHashCode() => GrainId.GetHashCode();

    public sealed override string ToString() => $"GrainReference:{GrainId}:{InterfaceName}";

    public static bool operator ==(GrainReference? reference1, GrainReference? reference2) =>
        reference1 is null ? reference2 is null : reference1.Equals(reference2);

    public static bool operator !=(GrainReference? reference1, GrainReference? reference2) => !(reference1 == reference2);

    internal abstract object Cast(Type interfaceType);
}
