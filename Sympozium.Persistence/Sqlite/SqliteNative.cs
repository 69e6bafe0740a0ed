using System.Reflection;
using System.Runtime.InteropServices;
using SQLitePCL;

namespace Sympozium.Persistence.Sqlite;

/// <summary>
/// Loads the system's SQLite instead of the old one that the provider package would bring: every use of SQLite in the
/// process, raw or through Microsoft.Data.Sqlite, calls <see cref="Use"/> first.
/// </summary>
public static class SqliteNative
{
    private const string ImportName = "e_sqlite3";

    // Everything that the stores use (FTS5, upsert, RETURNING, STRICT tables) is there from this version on.
    private const int OldestVersionNumber = 3_037_000;

    private static readonly string[] LibraryNames = OperatingSystem.IsMacOS()
        ? ["libsqlite3.dylib", "/usr/lib/libsqlite3.dylib"]
        : ["libsqlite3.so.0", "libsqlite3.so"];

    private static readonly Lock Gate = new();
    private static bool _ready;

    /// <summary>Makes the library ready; may be called as often as one likes.</summary>
    /// <exception cref="SqliteUnavailableException">No library, or one that is too old.</exception>
    public static void Use()
    {
        lock (Gate)
        {
            if (_ready)
            {
                return;
            }

            NativeLibrary.SetDllImportResolver(typeof(SQLite3Provider_e_sqlite3).Assembly, Resolve);
            raw.SetProvider(new SQLite3Provider_e_sqlite3());
            if (raw.sqlite3_libversion_number() < OldestVersionNumber)
            {
                throw new SqliteUnavailableException(
                    $"The system's SQLite is {raw.sqlite3_libversion().utf8_to_string()}; 3.37 or newer is needed. Upgrade the package 'libsqlite3-0'.");
            }

            _ready = true;
        }
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != ImportName)
        {
            return 0;
        }

        foreach (string candidate in LibraryNames)
        {
            if (NativeLibrary.TryLoad(candidate, out nint handle))
            {
                return handle;
            }
        }

        throw new SqliteUnavailableException(
            "The SQLite library 'libsqlite3.so.0' is not installed. On Debian and Ubuntu: apt-get install libsqlite3-0; on Fedora: dnf install sqlite-libs; on Alpine: apk add sqlite-libs.");
    }
}
