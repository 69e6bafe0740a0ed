using System.Text.Json;
using System.Text.Json.Serialization;
using Sympozium.Persistence.Grains;

namespace Sympozium.Persistence.Tests.Grains;

/// <summary>A grain database in a folder of its own, which can be closed and opened again.</summary>
public sealed class GrainDatabaseFile : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sympozium-grains-").FullName;

    public GrainDatabaseFile()
    {
        Database = new SqliteGrainDatabase(Path);
    }

    public string Path => System.IO.Path.Combine(_folder, "grains.db");

    public SqliteGrainDatabase Database { get; private set; }

    public SqliteGrainStorage Storage => new(Database, new JsonSerializerOptions { TypeInfoResolver = GrainDatabaseJsonContext.Default });

    public SqliteReminderTable Reminders => new(Database);

    public async Task ReopenAsync()
    {
        await Database.DisposeAsync();
        Database = new SqliteGrainDatabase(Path);
    }

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}

/// <summary>A state for the tests.</summary>
public sealed record StoredText(string Text);

/// <summary>Describes <see cref="StoredText"/>.</summary>
[JsonSerializable(typeof(StoredText))]
internal sealed partial class GrainDatabaseJsonContext : JsonSerializerContext;
