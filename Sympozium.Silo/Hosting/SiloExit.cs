using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;
using Npgsql;
using Sympozium.Abstractions;
using Sympozium.Kubernetes.Api;
using Sympozium.Kubernetes.Client;
using Sympozium.LocalCluster.Store;
using Sympozium.Persistence.Postgres;
using Sympozium.Silo.Cluster;
using Sympozium.Silo.Local;

namespace Sympozium.Silo.Hosting;

/// <summary>Runs a verb to its end and turns what stops it into an exit code and one line for people.</summary>
internal static class SiloExit
{
    /// <summary>The exit code of <paramref name="verb"/>.</summary>
    public static async Task<int> RunAsync(Func<Task> verb)
    {
        try
        {
            await verb();
            return SiloExitCodes.Ok;
        }
        catch (FormatException e)
        {
            return Fail(SiloExitCodes.Usage, e.Message);
        }
        catch (DataDirectoryInUseException e)
        {
            return Fail(SiloExitCodes.DataInUse, e.Message);
        }
        catch (StoreOpenException e)
        {
            return Fail(SiloExitCodes.DataDamaged, e.Message);
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            return Fail(SiloExitCodes.PortTaken, $"{e.Message.TrimEnd('.')}. Choose another port, or 0 for a free one.");
        }
        catch (Exception e) when (e is KubeconfigException or ClusterNotPreparedException or KubernetesException)
        {
            return Fail(SiloExitCodes.Cluster, e.Message);
        }
        catch (Exception e) when (e is InstallationConflictException or SchemaTooNewException)
        {
            return Fail(SiloExitCodes.Database, e.Message);
        }
        catch (NpgsqlException e)
        {
            return Fail(SiloExitCodes.Database, $"PostgreSQL refuses: {e.Message}. Correct the connection string or the database's rights.");
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            return Fail(SiloExitCodes.PortTaken, $"A port of the silo is taken: {e.Message}. Choose others with --silo-port and --client-port.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or OptionsValidationException or SympoziumInvalidException)
        {
            return Fail(SiloExitCodes.Failed, e.Message);
        }
    }

    private static int Fail(int code, string message)
    {
        Console.Error.WriteLine($"sympozium-silo: {message}");
        return code;
    }
}
