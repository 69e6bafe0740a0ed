namespace Sympozium.Abstractions.Resources;

/// <summary>How an amount was written.</summary>
public enum QuantityForm
{
    /// <summary>With a decimal unit, as 500m or 2G.</summary>
    DecimalUnit,

    /// <summary>With a binary unit, as 64Mi.</summary>
    BinaryUnit,

    /// <summary>With an exponent, as 1e3.</summary>
    Exponent,
}
