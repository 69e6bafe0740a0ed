namespace Sympozium.Testing;

/// <summary>The repository that the running tests were built from.</summary>
public static class RepositoryRoot
{
    /// <summary>Its directory.</summary>
    public static string Path { get; } = Find();

    private static string Find()
    {
        for (DirectoryInfo? directory = new(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(directory.FullName, "Sympozium.sln")))
            {
                return directory.FullName;
            }
        }

        throw new InvalidOperationException($"No Sympozium.sln above {AppContext.BaseDirectory}; run the tests from a checkout.");
    }
}
