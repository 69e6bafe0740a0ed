using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Net;
using Sympozium.Abstractions;

namespace Sympozium.Silo.Hosting;

/// <summary>How silos and gateways of one installation find each other.</summary>
internal sealed class GrainClusterOptions
{
    public const string SectionName = "Sympozium:Grains";

    /// <summary>Port that other silos use, when none is set.</summary>
    public const int DefaultSiloPort = 11111;

    /// <summary>Port that gateways use, when none is set.</summary>
    public const int DefaultClientPort = 30000;

    /// <summary>Connection string of PostgreSQL. Required, here or in <see cref="DatabaseFile"/>. It may hold a password, so no argument sets it.</summary>
    [Required(ErrorMessage = $"'{SectionName}:Database' is missing: the connection string of PostgreSQL, through which silos find each other. "
        + "Name a file with it by --database-file, or set Sympozium__Grains__Database in the environment.")]
    public string Database { get; set; } = "";

    /// <summary>File with the connection string; read when <see cref="Database"/> is not set.</summary>
    public string? DatabaseFile { get; set; }

    /// <summary>Name of the installation, the same for all its processes and different from any other's. Default <c>sympozium</c>.</summary>
    [Required]
    public string Installation { get; set; } = "sympozium";

    /// <summary>Name of this silo. Default: <c>POD_NAME</c>, else the host's name with the silo port.</summary>
    public string? SiloName { get; set; }

    /// <summary>Address at which the other processes reach this one. Default: <c>POD_IP</c>, else the loopback, for silos of one machine.</summary>
    public string? Address { get; set; }

    /// <summary>Port for other silos. Default 11111.</summary>
    [Range(1, 65535)]
    public int SiloPort { get; set; } = DefaultSiloPort;

    /// <summary>Port for gateways. Default 30000.</summary>
    [Range(1, 65535)]
    public int ClientPort { get; set; } = DefaultClientPort;

    /// <summary>How long a call may take, with all its attempts. Default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan ResponseTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a gateway waits for an answer before it makes the call again, since what a dying silo had taken gets none. After ten seconds each
    /// further attempt has twice as long. Default 2 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:10:00")]
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>The shortest period that a reminder may have. Default 1 min.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan MinimumReminderPeriod { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Reads <see cref="DatabaseFile"/> when that is where the connection string is.</summary>
    /// <exception cref="SympoziumInvalidException">The file does not exist.</exception>
    public void ReadDatabaseFile()
    {
        if (Database.Length == 0 && DatabaseFile is { } file)
        {
            Database = File.Exists(file)
                ? File.ReadAllText(file).Trim()
                : throw new SympoziumInvalidException($"'{SectionName}:{nameof(DatabaseFile)}' names '{file}', which does not exist; it holds the connection string of PostgreSQL.");
        }
    }

    /// <summary>Takes from the pod what was not set.</summary>
    public void FillFromPod(Func<string, string?> environment)
    {
        Address ??= environment("POD_IP") ?? IPAddress.Loopback.ToString();
        SiloName ??= environment("POD_NAME") ?? string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}-{SiloPort}");
    }
}
