namespace Sympozium.Testing;

/// <summary>A directory of one test, removed when it ends.</summary>
public sealed class TemporaryDirectory : IDisposable
{
    /// <summary>Makes it; short, since Unix sockets below it may have at most 108 characters.</summary>
    public TemporaryDirectory()
    {
        Path = Directory.CreateTempSubdirectory("sz-").FullName;
    }

    /// <summary>Its path.</summary>
    public string Path { get; }

    /// <summary>Path of a file or directory in it.</summary>
    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(Path, recursive: true);
}
