namespace Sympozium.Silo.Local;

/// <summary>Exit codes of the executable; the command line turns them into advice.</summary>
internal static class SiloExitCodes
{
    public const int Ok = 0;
    public const int Failed = 1;
    public const int Usage = 2;
    public const int PortTaken = 10;
    public const int DataInUse = 11;
    public const int DataDamaged = 12;

    /// <summary>The cluster cannot be used: kubeconfig, credentials, missing definitions or rights.</summary>
    public const int Cluster = 13;

    /// <summary>The database cannot be used: another installation's, a newer program's, or it refuses.</summary>
    public const int Database = 14;
}
