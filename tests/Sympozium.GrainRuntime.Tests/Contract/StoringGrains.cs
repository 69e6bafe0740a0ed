using Orleans;
using Orleans.Runtime;

namespace Sympozium.GrainRuntime.Tests.Contract;

/// <summary>A grain with stored state.</summary>
public interface IStoringGrain : IGrainWithStringKey
{
    Task<string?> ReadAsync();

    Task<bool> ExistsAsync();

    Task<string?> ETagAsync();

    Task WriteAsync(string text);

    Task ClearAsync();

    Task ReloadAsync();

    Task EndAsync();

    Task<Guid> InstanceAsync();
}

/// <summary>See <see cref="IStoringGrain"/>.</summary>
[GrainType("test.storing")]
public sealed class StoringGrain([PersistentState("text", GrainCluster.StorageName)] IPersistentState<TestState> state) : Grain, IStoringGrain
{
    private readonly Guid _instance = Guid.NewGuid();
    private string? _readAtStart;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _readAtStart = state.State.Text;
        return Task.CompletedTask;
    }

    public Task<string?> ReadAsync() => Task.FromResult(state.State.Text ?? _readAtStart);

    public Task<bool> ExistsAsync() => Task.FromResult(state.RecordExists);

    public Task<string?> ETagAsync() => Task.FromResult(state.Etag);

    public async Task WriteAsync(string text)
    {
        state.State.Text = text;
        state.State.Writes++;
        await state.WriteStateAsync(CancellationToken.None);
    }

    public async Task ClearAsync()
    {
        _readAtStart = null;
        await state.ClearStateAsync();
    }

    public Task ReloadAsync() => state.ReadStateAsync();

    public Task EndAsync()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public Task<Guid> InstanceAsync() => Task.FromResult(_instance);
}

/// <summary>A grain that calls one with stored state.</summary>
public interface IStoringCallerGrain : IGrainWithStringKey
{
    Task<Guid> InstanceAsync();

    Task WriteAsync(string key, string text);
}

/// <summary>See <see cref="IStoringCallerGrain"/>.</summary>
[GrainType("test.storingcaller")]
public sealed class StoringCallerGrain : Grain, IStoringCallerGrain
{
    private readonly Guid _instance = Guid.NewGuid();

    public Task<Guid> InstanceAsync() => Task.FromResult(_instance);

    public Task WriteAsync(string key, string text) => GrainFactory.GetGrain<IStoringGrain>(key).WriteAsync(text);
}

/// <summary>A grain with reminders.</summary>
public interface IRemindedGrain : IGrainWithStringKey, IRemindable
{
    Task RegisterAsync(string name, TimeSpan due, TimeSpan period);

    Task UnregisterAsync(string name);

    Task<bool> HasAsync(string name);

    Task<List<string>> NamesAsync();

    Task EndAsync();
}

/// <summary>See <see cref="IRemindedGrain"/>.</summary>
[GrainType("test.reminded")]
public sealed class RemindedGrain(Probe probe) : Grain, IRemindedGrain
{
    public Task RegisterAsync(string name, TimeSpan due, TimeSpan period) => this.RegisterOrUpdateReminder(name, due, period);

    public async Task UnregisterAsync(string name) =>
        await this.UnregisterReminder(await this.GetReminder(name) ?? throw new InvalidOperationException($"There is no '{name}'."));

    public async Task<bool> HasAsync(string name) => await this.GetReminder(name) is not null;

    public async Task<List<string>> NamesAsync() => [.. (await this.GetReminders()).Select(reminder => reminder.ReminderName)];

    public Task ReceiveReminder(string reminderName, TickStatus status)
    {
        probe.Add($"{this.GetPrimaryKeyString()} {reminderName} {status.Period}");
        return reminderName == "failing" ? throw new InvalidOperationException("not now") : Task.CompletedTask;
    }

    public Task EndAsync()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }
}

/// <summary>A grain that asks for a reminder and cannot be reminded.</summary>
public interface IDeafGrain : IGrainWithStringKey
{
    Task RegisterAsync();
}

/// <summary>See <see cref="IDeafGrain"/>.</summary>
[GrainType("test.deaf")]
public sealed class DeafGrain : Grain, IDeafGrain
{
    public Task RegisterAsync() => this.RegisterOrUpdateReminder("any", TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));
}
