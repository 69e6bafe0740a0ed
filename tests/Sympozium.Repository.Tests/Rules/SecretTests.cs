using System.Text.RegularExpressions;

namespace Sympozium.Repository.Tests.Rules;

public sealed class SecretTests
{
    public static TheoryData<string, string> Forbidden => new()
    {
        { @"\bsk-(ant-|proj-)?[A-Za-z0-9]{24,}", "This looks like a provider's key. Withdraw it at the provider, then remove it." },
        { @"\bAKIA[0-9A-Z]{16}\b", "This looks like an AWS key. Withdraw it, then remove it." },
        { @"\bgh[pousr]_[A-Za-z0-9]{30,}|\bglpat-[A-Za-z0-9_-]{20,}|\bxox[abp]-[A-Za-z0-9-]{20,}", "This looks like a token. Withdraw it, then remove it." },
        { @"-----BEGIN (RSA |EC |OPENSSH )?PRIVATE KEY-----\s*\\?n?[A-Za-z0-9+/=]{40,}", "A private key does not belong into the repository; tests make theirs." },
        { @"(?<![\w$}/.~])/(?:work|root)/[a-z.]|/tmp/wt\b|(?<![\w$}])/home/(?!agent\b|user\b|app\b|nonroot\b|me\b)[a-z][a-z0-9_-]*/|[A-Z]:\\Users\\", "A path of one machine: use a relative path, a variable or a temporary folder." },
        { @"https?://[^\s""'<>/]*(artifactory|jfrog|nexus|verdaccio|proget)[^\s""'<>]*", "A package registry of one place: leave the source of packages to the machine's configuration." },
        { @"""resolved"":\s*""(?!https://registry\.npmjs\.org/)", "Make the lock file with the public npm registry, or leave 'resolved' out." },
    };

    [Theory]
    [MemberData(nameof(Forbidden))]
    public void Files_Always_AreFreeOf(string pattern, string repair) =>
        SourceTree.AssertNone(SourceTree.Find(SourceTree.Texts.Where(file => !SourceTree.IsRule(file)), new Regex(pattern)), repair);

    [Fact]
    public void PackageSources_Always_AreTheMachines() => SourceTree.AssertNone(
        SourceTree.Files.Where(file => Path.GetFileName(file).Equals("nuget.config", StringComparison.OrdinalIgnoreCase) || Path.GetFileName(file) == ".npmrc"),
        "Remove these files: where packages come from is the machine's configuration.");
}
