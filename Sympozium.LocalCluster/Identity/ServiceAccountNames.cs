namespace Sympozium.LocalCluster.Identity;

/// <summary>How the user of a ServiceAccount is called.</summary>
internal static class ServiceAccountNames
{
    private const string Prefix = "system:serviceaccount:";
    private const string AllAccounts = "system:serviceaccounts";

    public static string UserName(string ns, string name) => $"{Prefix}{ns}:{name}";

    public static IReadOnlyList<string> Groups(string ns) => [AllAccounts, $"{AllAccounts}:{ns}"];

    /// <summary>False for the name of any other user.</summary>
    public static bool TrySplit(string userName, out string ns, out string name)
    {
        string[] parts = userName.StartsWith(Prefix, StringComparison.Ordinal) ? userName[Prefix.Length..].Split(':') : [];
        bool isAccount = parts.Length == 2 && parts[0].Length > 0 && parts[1].Length > 0;
        (ns, name) = isAccount ? (parts[0], parts[1]) : ("", "");
        return isAccount;
    }
}
