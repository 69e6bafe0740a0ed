using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace Sympozium.Testing.Postgres;

/// <summary>
/// A real PostgreSQL server of one test class: own data directory, no TCP port (a Unix socket in that directory), an unprivileged user, each
/// test in a database of its own. It can be stopped, killed and started again, as faults do.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    /// <summary>Whom the server runs as when the tests run as root, as whom PostgreSQL refuses to run.</summary>
    private const string UnprivilegedUser = "nobody";

    /// <summary>What a start says while children of a killed server are still there.</summary>
    private const string StillInUse = "pre-existing shared memory block";

    private const string SuperUser = "sympozium";
    private const int SignalInterrupt = 2;
    private const int SignalQuit = 3;
    private const int SignalKill = 9;

    private readonly string _directory;
    private readonly bool _durable;
    private Process _process;
    private int _databases;

    private PostgresServer(string directory, bool durable)
    {
        _directory = directory;
        _durable = durable;
        _process = Spawn();
    }

    /// <summary>Null where PostgreSQL is installed, else what to install.</summary>
    public static string? Missing { get; } =
        FindPrograms() is null ? "PostgreSQL is not installed (Debian: apt-get install postgresql); ./test installs it where it may." : null;

    /// <summary>Everything it has logged.</summary>
    public string Log => File.Exists(LogFile) ? File.ReadAllText(LogFile) : "";

    /// <summary>Processor time that the server and its sessions have had, those that have ended too.</summary>
    public TimeSpan ProcessorTime => TimeSpan.FromSeconds(Directory.GetDirectories("/proc")
        .Where(directory => char.IsAsciiDigit(Path.GetFileName(directory)[0]))
        .Select(directory => ProcessStat.Read(Path.Combine(directory, "stat")))
        .OfType<ProcessStat>()
        .Where(process => process.Id == _process.Id || process.Parent == _process.Id)
        .Sum(process => process.Seconds));

    private string LogFile => Path.Combine(_directory, "log");

    private string Data => Path.Combine(_directory, "data");

    /// <summary>Makes a server and waits until it answers. <paramref name="durable"/> has it flush to disk at each commit, as benchmarks want.</summary>
    public static async Task<PostgresServer> StartAsync(bool durable = false)
    {
        string directory = MakeDirectory();
        if (Environment.IsPrivilegedProcess)
        {
            await RunAsync("chown", $"{UnprivilegedUser}", directory);
        }

        await RunAsUserAsync(Program("initdb"), "--pgdata", Path.Combine(directory, "data"), "--username", SuperUser, "--auth", "trust",
            "--encoding", "UTF8", "--locale", "C", "--no-sync", "--no-instructions");
        var server = new PostgresServer(directory, durable);
        await server.AnswersAsync();
        return server;
    }

    /// <summary>Short, since a Unix socket's path has at most 107 bytes, and where every user may go, which a user's own temporary directory need not be.</summary>
    private static string MakeDirectory()
    {
        string parent = Directory.Exists("/tmp") ? "/tmp" : Path.GetTempPath();
        string directory = Path.Combine(parent, $"szpg-{Guid.NewGuid().ToString("n")[..8]}");
        return Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute).FullName;
    }

    /// <summary>Makes an empty database and returns how to connect to it.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"test_{Interlocked.Increment(ref _databases)}");
        await using NpgsqlDataSource admin = NpgsqlDataSource.Create(ConnectionString("postgres"));

        // From the template to which nobody can connect: autovacuum may be at work on the other, which fails the copy when it does not leave in time.
        await using NpgsqlCommand create = admin.CreateCommand($"CREATE DATABASE {name} TEMPLATE template0");
        await create.ExecuteNonQueryAsync();
        return ConnectionString(name);
    }

    /// <summary>How to connect to a database of this server.</summary>
    public string ConnectionString(string database) => new NpgsqlConnectionStringBuilder
    {
        Host = _directory,
        Username = SuperUser,
        Database = database,
        Timeout = 30,
    }.ToString();

    /// <summary>Fast shutdown: sessions are ended, nothing is lost.</summary>
    public Task StopAsync() => EndAsync(SignalInterrupt);

    /// <summary>kill -9, for the postmaster; its children follow by themselves.</summary>
    public Task KillAsync() => EndAsync(SignalKill);

    /// <summary>Starts it again on what it has stored.</summary>
    public async Task RestartAsync()
    {
        await SpawnAgainAsync();
        await AnswersAsync();
    }

    /// <summary>Starts it; again as long as children of the one that was killed have not all noticed it, which a busy machine delays.</summary>
    private async Task SpawnAgainAsync()
    {
        using var deadline = new CancellationTokenSource(TestTimeouts.WithProcesses);
        while (true)
        {
            int logged = Log.Length;
            _process.Dispose();
            _process = Spawn();
            while (!_process.HasExited && !Log.AsSpan(logged).Contains("ready to accept connections", StringComparison.Ordinal))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, deadline.Token);
            }

            if (!_process.HasExited || !Log.AsSpan(logged).Contains(StillInUse, StringComparison.Ordinal))
            {
                return;
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        if (!_process.HasExited)
        {
            await StopAsync();
        }

        _process.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>Ends it at once and removes its files; for the end of a process, where nothing can be awaited.</summary>
    internal void Remove()
    {
        // Not killed: its children would outlive it for a moment and write into what is being removed.
        ControlPlaneProcess.Signal(_process.Id, SignalQuit);
        _process.WaitForExit();
        Directory.Delete(_directory, recursive: true);
    }

    private async Task EndAsync(int signal)
    {
        ControlPlaneProcess.Signal(_process.Id, signal);
        await _process.WaitForExitAsync().WaitAsync(TestTimeouts.WithProcesses);
    }

    private Process Spawn()
    {
        string flush = _durable ? "on" : "off";

        // The shell opens the log before the user changes and is replaced twice, so the pid is the postmaster's.
        string[] arguments =
        [
            "-c", "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1 </dev/null", "sh", LogFile, .. AsUser(Program("postgres")), "-D", Data, "-k", _directory,
            "-c", "listen_addresses=", "-c", $"fsync={flush}", "-c", $"synchronous_commit={flush}", "-c", "max_connections=200",
            "-c", "shared_buffers=32MB",
        ];
        var start = new ProcessStartInfo("/bin/sh", arguments) { UseShellExecute = false };
        ForgetOtherServer(start);
        return Process.Start(start) ?? throw new InvalidOperationException("PostgreSQL could not be started.");
    }

    private async Task AnswersAsync()
    {
        using var deadline = new CancellationTokenSource(TestTimeouts.WithProcesses);
        while (true)
        {
            if (_process.HasExited)
            {
                throw new InvalidOperationException($"PostgreSQL ended with exit code {_process.ExitCode}:\n{Log}");
            }

            try
            {
                await using var connection = new NpgsqlConnection(ConnectionString("postgres") + ";Pooling=false");
                await connection.OpenAsync(deadline.Token);
                return;
            }
            catch (NpgsqlException e) when (e.IsTransient || e is PostgresException { SqlState: PostgresErrorCodes.CannotConnectNow })
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, deadline.Token);
            }
        }
    }

    private static Task RunAsUserAsync(string program, params string[] arguments)
    {
        string[] command = [.. AsUser(program), .. arguments];
        return RunAsync(command[0], command[1..]);
    }

    private static string[] AsUser(string program) =>
        Environment.IsPrivilegedProcess ? ["setpriv", "--reuid", UnprivilegedUser, "--regid", "nogroup", "--clear-groups", program] : [program];

    private static async Task RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        ForgetOtherServer(start);
        using Process process = Process.Start(start) ?? throw new InvalidOperationException($"'{program}' could not be started.");
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(TestTimeouts.WithProcesses);
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"'{program}' ended with exit code {process.ExitCode}: {errors}{await output}");
        }
    }

    /// <summary>What the machine's own server is configured by (PGPORT, PGDATA, PGOPTIONS, …) is not for this one.</summary>
    private static void ForgetOtherServer(ProcessStartInfo start)
    {
        foreach (string name in start.Environment.Keys.Where(name => name.StartsWith("PG", StringComparison.Ordinal)).ToArray())
        {
            start.Environment.Remove(name);
        }
    }

    private static string Program(string name) =>
        Path.Combine(FindPrograms() ?? throw new InvalidOperationException(Missing), name);

    /// <summary>Debian keeps the server's programs off the PATH, one directory a version.</summary>
    private static string? FindPrograms()
    {
        const string Debian = "/usr/lib/postgresql";
        IEnumerable<string> versions = Directory.Exists(Debian)
            ? Directory.GetDirectories(Debian).OrderByDescending(path => int.TryParse(Path.GetFileName(path), CultureInfo.InvariantCulture, out int version) ? version : 0)
                .Select(path => Path.Combine(path, "bin"))
            : [];
        return versions.Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')).FirstOrDefault(path => File.Exists(Path.Combine(path, "initdb")));
    }
}
